import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Config } from '../../config/config.js';
import type { OutboxHandler } from '../../queue/outbox-handler.js';
import { OutboxHandlers } from '../../queue/outbox-handlers.js';
import { CALL_SETTLED } from '../../queue/outbox-job.js';
import type { OutboxItem } from '../../queue/outbox-job.js';
import { OutboxRepository } from '../../queue/outbox.repository.js';
import { ContentChoicesService } from '../usage/contents/content-choices.service.js';
import { WatchedAccountsRepository } from './accounts/watched-accounts.repository.js';
import { AlertsService } from './alerts/alerts.service.js';
import { AnalysisRepository } from './analysis.repository.js';
import type { AssessedCall, SettledCall } from './assessment.js';
import { BehaviourService } from './behaviour.service.js';
import { weightOf } from './behaviour/calibration.js';
import { DeviationService } from './deviation.service.js';
import { EnforcementService } from './enforcement.service.js';
import { PromptJudge } from './judging/prompt-judge.js';
import { OpinionsRepository } from './second-stage/opinions.repository.js';

/** Finds out what settled calls were for and whether they look like misuse, and keeps the scores of their accounts. */
@Injectable()
export class MisuseAnalysisService implements OutboxHandler, OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: OutboxHandlers,
    private readonly outbox: OutboxRepository,
    private readonly analyses: AnalysisRepository,
    private readonly judge: PromptJudge,
    private readonly accounts: WatchedAccountsRepository,
    private readonly behaviour: BehaviourService,
    private readonly deviation: DeviationService,
    private readonly alerts: AlertsService,
    private readonly opinions: OpinionsRepository,
    private readonly enforcement: EnforcementService,
    private readonly config: Config,
    private readonly contents: ContentChoicesService,
  ) {}

  onModuleInit(): void {
    this.handlers.register(CALL_SETTLED, this);
  }

  /**
   * One transaction for the batch: verdicts, scores, what follows from them, and the outbox rows go together, so that each
   * call is analysed exactly once. The prompts are judged before anything is locked.
   */
  async handle(items: readonly OutboxItem[]): Promise<void> {
    const judged = await this.judged(await this.analyses.unassessed(this.dataSource.manager, items));
    await this.dataSource.transaction(async (manager) => {
      const calls = await this.outbox.lock(manager, CALL_SETTLED, items);
      if (calls.length === 0) return;
      // Another delivery may have been done with some of them meanwhile.
      const undone = new Set(calls.map(({ requestId }) => requestId));
      const assessed = judged.filter(({ requestId }) => undone.has(requestId));
      if (assessed.length > 0) await this.record(manager, assessed);
      await this.contents.apply(manager, calls);
      await this.outbox.complete(manager, calls);
    });
  }

  private async judged(calls: readonly SettledCall[]): Promise<AssessedCall[]> {
    const findings = await this.judge.judge(calls.map(({ prompt }) => prompt));
    return calls.map((call, index) => {
      const found = findings[index];
      return { ...call, ...found, weight: weightOf(found.verdict.misuse.score) };
    });
  }

  /** What the second stage is asked about, where there is one. */
  private doubtful(assessed: readonly AssessedCall[]): AssessedCall[] {
    const threshold = this.config.misuse.secondStage?.threshold ?? Infinity;
    return assessed.filter(({ verdict, prompt }) => verdict.misuse.score >= threshold && prompt !== '');
  }

  private async record(manager: EntityManager, assessed: readonly AssessedCall[]): Promise<void> {
    const byUser = groupByUser([...assessed].sort(byTime));
    const accounts = await this.accounts.lock(manager, [...byUser.keys()]);
    // Counts the intents of each account as well: behind its lock, batches wait in one place only.
    await this.analyses.saveIntents(manager, assessed);
    await this.analyses.saveAssessments(manager, assessed, this.judge.modelVersion);
    await this.opinions.want(manager, this.doubtful(assessed));
    const throttles = await this.behaviour.takeIn(manager, accounts, byUser);
    await this.deviation.takeIn(manager, accounts, byUser);
    await this.alerts.watchUsage(
      manager,
      [...accounts.values()].filter(({ exists }) => exists),
      byUser,
    );
    await this.enforcement.throttle(manager, throttles);
  }
}

function groupByUser(calls: readonly AssessedCall[]): Map<number, AssessedCall[]> {
  const groups = new Map<number, AssessedCall[]>();
  for (const call of calls) {
    const group = groups.get(call.userId);
    if (group === undefined) groups.set(call.userId, [call]);
    else group.push(call);
  }
  return groups;
}

function byTime(a: SettledCall, b: SettledCall): number {
  if (a.admittedAt !== b.admittedAt) return a.admittedAt < b.admittedAt ? -1 : 1;
  return a.requestId < b.requestId ? -1 : 1;
}
