import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { OutboxItem } from '../../../queue/outbox-job.js';
import { OutboxRepository } from '../../../queue/outbox.repository.js';
import { WatchedAccountsRepository } from '../accounts/watched-accounts.repository.js';
import { AnalysisRepository } from '../analysis.repository.js';
import { BehaviourService } from '../behaviour.service.js';
import { OPINION_WANTED } from './opinion.js';
import { OpinionsRepository } from './opinions.repository.js';
import { SecondStage } from './second-stage.js';

/** Gets the second opinion on a prompt, and weighs the prompt anew. */
@Injectable()
export class OpinionService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: OutboxRepository,
    private readonly analyses: AnalysisRepository,
    private readonly opinions: OpinionsRepository,
    private readonly accounts: WatchedAccountsRepository,
    private readonly behaviour: BehaviourService,
    @Inject(SecondStage) private readonly stage: SecondStage | null,
  ) {}

  /**
   * The second stage is asked outside of any transaction; opinion, score and outbox row then go together. A row that is
   * delivered twice may be asked about twice, and counts once. When the process is stopping the row stays for another.
   */
  async seek(item: OutboxItem, stopping: AbortSignal): Promise<void> {
    const { manager } = this.dataSource;
    const prompt = await this.opinions.find(manager, item);
    if (this.stage === null || prompt === null) return this.outbox.complete(manager, [item]);
    const opinion = await this.stage.opinionOn(await this.analyses.promptOf(manager, item), prompt, stopping);
    if (stopping.aborted) return;
    const { modelVersion } = this.stage;
    await this.dataSource.transaction(async (transaction) => {
      if ((await this.outbox.lock(transaction, OPINION_WANTED, [item])).length === 0) return;
      const account = (await this.accounts.lock(transaction, [item.userId])).get(item.userId);
      await this.opinions.save(transaction, item, opinion, modelVersion);
      const changes = opinion.outcome === 'confirms' || opinion.outcome === 'clears';
      if (changes && account !== undefined) await this.behaviour.reconsider(transaction, account, prompt.event);
      await this.outbox.complete(transaction, [item]);
    });
  }
}
