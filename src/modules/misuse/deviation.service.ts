import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Config } from '../../config/config.js';
import { TasksService } from '../tasks/tasks.service.js';
import type { WatchedAccount } from './accounts/watched-account.js';
import { WatchedAccountsRepository } from './accounts/watched-accounts.repository.js';
import { AlertsService } from './alerts/alerts.service.js';
import { AnalysisRepository } from './analysis.repository.js';
import type { AssessedCall, DeviationEntry } from './assessment.js';
import { deviationDelta } from './deviation/deviation-delta.js';
import type { RequestHistory } from './deviation/deviation-delta.js';
import { addDeviation, deviationAt } from './deviation/deviation-score.js';
import type { DeviationScore } from './deviation/deviation-score.js';
import { EnforcementService } from './enforcement.service.js';

interface HistoryRow extends RequestHistory {
  readonly requestId: string;
}

type CallOfTask = AssessedCall & { readonly taskId: number };

/** What the calls of one account did to its score. */
interface Counted {
  readonly total: DeviationScore;
  readonly entries: readonly DeviationEntry[];
  /** A request outside of its task was over the threshold. */
  readonly isOver: boolean;
}

/** Keeps Guardflow's deviation score of accounts. The caller holds the account's lock, so that no delta is lost. */
@Injectable()
export class DeviationService {
  private readonly logger = new Logger(DeviationService.name);

  constructor(
    private readonly config: Config,
    private readonly tasks: TasksService,
    private readonly accounts: WatchedAccountsRepository,
    private readonly analyses: AnalysisRepository,
    private readonly enforcement: EnforcementService,
    private readonly alerts: AlertsService,
  ) {}

  /**
   * Counts calls whose assessments are stored, by account and in order. Calls without a task cost nothing. An account is
   * blocked by a request outside of its task with which, or after which, the score is over the threshold: never by haste alone.
   */
  async takeIn(
    manager: EntityManager,
    accounts: ReadonlyMap<number, WatchedAccount>,
    callsOf: ReadonlyMap<number, readonly AssessedCall[]>,
  ): Promise<void> {
    const ofTasks = [...accounts.values()].flatMap((account) => {
      const calls = (callsOf.get(account.userId) ?? []).filter((call): call is CallOfTask => call.taskId !== null);
      return calls.length === 0 ? [] : [{ account, calls }];
    });
    if (ofTasks.length === 0) return;
    const calls = ofTasks.flatMap((one) => one.calls);
    const allowed = await this.tasks.allowedIntents(manager, [...new Set(calls.map(({ taskId }) => taskId))]);
    const histories = await this.histories(manager, calls);
    const counted = ofTasks.map((one) => ({
      ...one,
      ...this.count(one.account.deviation, one.calls, allowed, histories),
    }));
    await this.analyses.saveDeviations(
      manager,
      counted.flatMap(({ account: { userId }, entries }) => entries.map((entry) => ({ userId, ...entry }))),
    );
    await this.accounts.saveDeviations(manager, new Map(counted.map(({ account, total }) => [account.userId, total])));
    for (const { account, entries, isOver } of counted) await this.follow(manager, account, entries, isOver);
  }

  private count(
    start: DeviationScore,
    calls: readonly CallOfTask[],
    allowed: ReadonlyMap<number, readonly string[]>,
    histories: ReadonlyMap<string, RequestHistory>,
  ): Counted {
    const { deviationHalfLifeMs: halfLifeMs, deviationThreshold: threshold } = this.config.misuse;
    let total = start;
    let isOver = false;
    const entries: DeviationEntry[] = [];
    for (const { requestId, admittedAt, taskId, verdict } of calls) {
      const request = { ...verdict, allowedIntents: allowed.get(taskId) ?? [] };
      const delta = deviationDelta(request, histories.get(requestId) ?? NO_HISTORY);
      const at = Date.parse(admittedAt);
      const before = deviationAt(total, Math.max(at, total.at ?? at), halfLifeMs);
      total = addDeviation(total, { hundredths: delta.hundredths, at }, halfLifeMs);
      const after = deviationAt(total, total.at ?? at, halfLifeMs);
      entries.push({ requestId, delta: delta.hundredths / 100, before, after });
      isOver ||= delta.isOffTask && after >= threshold;
    }
    return { total, entries, isOver };
  }

  private async follow(
    manager: EntityManager,
    account: WatchedAccount,
    entries: readonly DeviationEntry[],
    isOver: boolean,
  ): Promise<void> {
    const score = entries[entries.length - 1].after;
    if (isOver) await this.block(manager, account, score);
    else if (score >= this.config.misuse.warningThreshold && score > entries[0].before) {
      this.logger.warn({ userId: account.userId, score }, 'an account deviates from its tasks');
    }
  }

  private async block(manager: EntityManager, account: WatchedAccount, score: number): Promise<void> {
    if (!account.exists) return;
    const { deviationThreshold } = this.config.misuse;
    const reason = `Automatic block: deviation score ${score} exceeded threshold ${deviationThreshold}`;
    const caseId = await this.enforcement.block(manager, account, {
      cause: 'deviation',
      reason,
      score,
      needsPerson: true,
    });
    if (caseId === null) return;
    await this.alerts.raise(manager, {
      userId: account.userId,
      type: 'deviation_blocked',
      severity: 'critical',
      title: 'Blocked for deviation from tasks',
      description: reason,
      metadata: { case_id: caseId, score, enforced: this.enforcement.actsOn(account) },
    });
  }

  private async histories(
    manager: EntityManager,
    calls: readonly AssessedCall[],
  ): Promise<Map<string, RequestHistory>> {
    const rows = await manager.query<HistoryRow[]>(HISTORIES, [
      calls.map((call) => call.userId),
      calls.map((call) => call.requestId),
      calls.map((call) => call.admittedAt),
    ]);
    return new Map(rows.map((row) => [row.requestId, row]));
  }
}

const NO_HISTORY: RequestHistory = { intentsInHour: [], requestsInTenMinutes: 0 };

/* By the requests' own times: what else is in the batch, or was analysed earlier, makes no difference. */
const HISTORIES = `
  SELECT call.request_id AS "requestId", coalesce(latest.intents, '{}') AS "intentsInHour",
         lately.requests::int AS "requestsInTenMinutes"
    FROM unnest($1::int[], $2::uuid[], $3::timestamptz[]) AS call (user_id, request_id, admitted_at)
   CROSS JOIN LATERAL (
     SELECT array_agg(guard_intent) AS intents FROM (
       SELECT guard_intent FROM misuse_assessments a
        WHERE a.user_id = call.user_id AND (a.admitted_at, a.request_id) < (call.admitted_at, call.request_id)
          AND a.admitted_at >= call.admitted_at - interval '1 hour'
        ORDER BY a.admitted_at DESC, a.request_id DESC LIMIT 5) five
   ) latest
   CROSS JOIN LATERAL (
     SELECT count(*) AS requests FROM (
       SELECT 1 FROM misuse_assessments a
        WHERE a.user_id = call.user_id AND (a.admitted_at, a.request_id) < (call.admitted_at, call.request_id)
          AND a.admitted_at >= call.admitted_at - interval '10 minutes'
        LIMIT 21) latest_ones
   ) lately`;
