import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ResetResult } from './reset-result.dto.js';
import type { Actor } from '../../../common/actor.js';
import { notFound, unprocessable } from '../../../common/errors/errors.js';
import { accountTarget, INSTALLATION } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';

export type ResetPeriod = 'daily' | 'monthly';

export interface QuotaReset {
  readonly period: ResetPeriod;
  /** One account; all when left out. */
  readonly userId?: number;
  /** `system` when an operator resets from the command line. */
  readonly actor: Actor;
  /** The same key counts once, whomever it reset; with another period or account it is refused. */
  readonly idempotencyKey: string | null;
  /** Tells what would be reset, and resets nothing. */
  readonly dryRun: boolean;
}

const PERIOD_NUMBERS = { daily: 1, monthly: 2 } as const;
const LARGEST_BATCH = 500;

/* An account whose window is untouched needs no fresh one. */
const USED_ACCOUNTS = `
  SELECT a.user_id
    FROM quota_accounts a
   CROSS JOIN LATERAL gatehouse_periods(a.time_zone, a.kept_day, a.kept_month, a.day_generation, a.month_generation, now()) p
    JOIN quota_windows w ON w.user_id = a.user_id AND w.subject = 1 AND w.period = p.period AND w.starts_at = p.starts_at
         AND w.generation = p.generation
   WHERE p.period = $1 AND ($2::int IS NULL OR a.user_id = $2) AND (w.spent_tokens > 0 OR w.held_tokens > 0 OR w.requests > 0)
   ORDER BY a.user_id`;

const BEGIN_RUN = `
  INSERT INTO quota_reset_runs (idempotency_key, period, user_id, author_user_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING`;
const RUN = `
  SELECT period = $2 AND user_id IS NOT DISTINCT FROM $3::int AS same, finished_at IS NOT NULL AS finished
    FROM quota_reset_runs WHERE idempotency_key = $1`;
const FINISH_RUN = 'UPDATE quota_reset_runs SET finished_at = now() WHERE idempotency_key = $1 AND finished_at IS NULL';

/** Gives accounts a fresh day or month before its time. A new period by the calendar needs no reset at all. */
@Injectable()
export class QuotaResetService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /**
   * Resolves with the accounts that were reset: none when a run with this key is over.
   * @throws DomainError `not_found` for an unknown account; `unprocessable` when the key was used for another reset
   */
  async reset(wish: QuotaReset): Promise<ResetResult> {
    await this.assertKnown(wish.userId);
    const answer = { period: wish.period, dry_run: wish.dryRun };
    if (wish.dryRun) return { ...answer, user_ids: await this.usedAccounts(wish) };
    if (!(await this.begin(wish))) return { ...answer, user_ids: [] };
    const candidates = await this.usedAccounts(wish);
    const reset: number[] = [];
    for (let start = 0; start < candidates.length; start += LARGEST_BATCH) {
      reset.push(...(await this.resetBatch(wish, candidates.slice(start, start + LARGEST_BATCH))));
    }
    await this.finish(wish.idempotencyKey);
    return { ...answer, user_ids: reset.sort((a, b) => a - b) };
  }

  private async assertKnown(userId: number | undefined): Promise<void> {
    if (userId === undefined) return;
    const known = await this.dataSource.query<unknown[]>('SELECT 1 FROM quota_accounts WHERE user_id = $1', [userId]);
    if (known.length === 0) {
      throw notFound(`There is no account ${userId}`, { code: 'user_not_found', param: 'user_id' });
    }
  }

  private async usedAccounts({ period, userId }: QuotaReset): Promise<number[]> {
    const rows = await this.dataSource.query<{ user_id: number }[]>(USED_ACCOUNTS, [
      PERIOD_NUMBERS[period],
      userId ?? null,
    ]);
    return rows.map((row) => row.user_id);
  }

  /** False when a run with this key is over. One that was cut off goes on: nobody is reset twice under a key. */
  private async begin({ idempotencyKey, period, userId, actor }: QuotaReset): Promise<boolean> {
    if (idempotencyKey === null) return true;
    const asked = [idempotencyKey, PERIOD_NUMBERS[period], userId ?? null];
    await this.dataSource.query(BEGIN_RUN, [...asked, actor.userId]);
    const [run] = await this.dataSource.query<{ same: boolean; finished: boolean }[]>(RUN, asked);
    if (run === undefined) throw new Error('a run of resets was not kept');
    if (!run.same) {
      throw unprocessable('This Idempotency-Key was used for another reset', { code: 'idempotency_key_reused' });
    }
    return !run.finished;
  }

  private async finish(idempotencyKey: string | null): Promise<void> {
    if (idempotencyKey !== null) await this.dataSource.query(FINISH_RUN, [idempotencyKey]);
  }

  /** The windows, the entries and the audit log in one transaction. */
  private async resetBatch(
    { period, idempotencyKey, userId, actor }: QuotaReset,
    userIds: number[],
  ): Promise<number[]> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<{ user_id: number }[]>(
        'SELECT gatehouse_reset_quotas($1::smallint, $2::int[], $3, $4) AS user_id',
        [PERIOD_NUMBERS[period], userIds, idempotencyKey, actor.userId],
      );
      const reset = rows.map((row) => row.user_id).sort((a, b) => a - b);
      if (reset.length === 0) return reset;
      const target = userId === undefined ? INSTALLATION : accountTarget(userId);
      const details = { period, idempotencyKey, userIds: reset };
      await this.audit.record(manager, { actor, action: 'quotas.reset', target, details });
      return reset;
    });
  }
}
