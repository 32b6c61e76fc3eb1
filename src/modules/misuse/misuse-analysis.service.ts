import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { OutboxHandler } from '../../queue/outbox-handler.js';
import { OutboxHandlers } from '../../queue/outbox-handlers.js';
import { CALL_SETTLED } from '../../queue/outbox-job.js';
import type { OutboxItem } from '../../queue/outbox-job.js';
import { OutboxRepository } from '../../queue/outbox.repository.js';
import { WatchedAccountsRepository } from './accounts/watched-accounts.repository.js';
import { AlertsService } from './alerts/alerts.service.js';
import { AnalysisRepository } from './analysis.repository.js';
import type { AssessedCall, SettledCall } from './assessment.js';
import { BehaviourService } from './behaviour.service.js';
import { weightOf } from './behaviour/calibration.js';
import { fingerprintOf } from './behaviour/fingerprint.js';
import { DeviationService } from './deviation.service.js';
import { PromptJudge } from './prompt-judge.js';

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
  ) {}

  onModuleInit(): void {
    this.handlers.register(CALL_SETTLED, this);
  }

  /**
   * One transaction for the batch: verdicts, scores, what follows from them, and the outbox rows go together, so that each
   * call is analysed exactly once. The prompts are judged before any account is locked.
   */
  async handle(items: readonly OutboxItem[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const calls = await this.outbox.lock(manager, CALL_SETTLED, items);
      if (calls.length === 0) return;
      const assessed = (await this.analyses.unassessed(manager, calls)).map((call) => this.assess(call));
      if (assessed.length > 0) await this.record(manager, assessed);
      await this.outbox.complete(manager, calls);
    });
  }

  private assess(call: SettledCall): AssessedCall {
    const verdict = this.judge.judge(call.prompt);
    return { ...call, verdict, ...fingerprintOf(call.prompt), weight: weightOf(verdict.misuse.score) };
  }

  private async record(manager: EntityManager, assessed: readonly AssessedCall[]): Promise<void> {
    const byUser = groupByUser([...assessed].sort(byTime));
    const accounts = await this.accounts.lock(manager, [...byUser.keys()]);
    // Counts the intents of each account as well: behind its lock, batches wait in one place only.
    await this.analyses.saveIntents(manager, assessed);
    await this.analyses.saveAssessments(manager, assessed, this.judge.modelVersion);
    for (const [userId, account] of accounts) {
      const calls = byUser.get(userId) ?? [];
      await this.behaviour.takeIn(manager, account, calls);
      await this.deviation.takeIn(manager, account, calls);
      if (account.exists) {
        const requestIds = calls.map(({ requestId }) => requestId);
        await this.alerts.watchUsage(manager, userId, requestIds);
      }
    }
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
