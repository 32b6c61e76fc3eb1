import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export type ResetPeriod = 'daily' | 'monthly';

export interface QuotaReset {
  readonly period: ResetPeriod;
  /** One account; all when left out. */
  readonly userId?: number;
  /** Null when an operator resets from the command line. */
  readonly authorUserId: number | null;
  /** The same key resets an account once. */
  readonly idempotencyKey: string | null;
  /** Tells what would be reset, and resets nothing. */
  readonly dryRun: boolean;
}

export interface ResetResult {
  readonly period: ResetPeriod;
  readonly dry_run: boolean;
  /** Accounts that got (or would get) a fresh window, ascending. */
  readonly user_ids: number[];
}

const PERIOD_NUMBERS = { daily: 1, monthly: 2 } as const;
const LARGEST_BATCH = 500;

/* An account whose window is untouched needs no fresh one. */
const USED_ACCOUNTS = `
  SELECT a.user_id
    FROM quota_accounts a
   CROSS JOIN LATERAL gatehouse_periods(a.time_zone, a.day_generation, a.month_generation, now()) p
    JOIN quota_windows w ON w.user_id = a.user_id AND w.subject = 1 AND w.period = p.period AND w.starts_at = p.starts_at
         AND w.generation = p.generation
   WHERE p.period = $1 AND ($2::int IS NULL OR a.user_id = $2) AND (w.spent_tokens > 0 OR w.held_tokens > 0 OR w.requests > 0)
   ORDER BY a.user_id`;

/** Gives accounts a fresh day or month before its time. A new period by the calendar needs no reset at all. */
@Injectable()
export class QuotaResetService {
  constructor(private readonly dataSource: DataSource) {}

  async reset(wish: QuotaReset): Promise<ResetResult> {
    const period = PERIOD_NUMBERS[wish.period];
    const used = await this.dataSource.query<{ user_id: number }[]>(USED_ACCOUNTS, [period, wish.userId ?? null]);
    const candidates = used.map((row) => row.user_id);
    const answer = { period: wish.period, dry_run: wish.dryRun };
    if (wish.dryRun) return { ...answer, user_ids: candidates };
    const reset: number[] = [];
    for (let start = 0; start < candidates.length; start += LARGEST_BATCH) {
      const rows = await this.dataSource.query<{ user_id: number }[]>(
        'SELECT gatehouse_reset_quotas($1::smallint, $2::int[], $3, $4) AS user_id',
        [period, candidates.slice(start, start + LARGEST_BATCH), wish.idempotencyKey, wish.authorUserId],
      );
      reset.push(...rows.map((row) => row.user_id));
    }
    return { ...answer, user_ids: reset.sort((a, b) => a - b) };
  }
}
