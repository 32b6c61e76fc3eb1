import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { firstOfLastDays, totalsOf, USAGE_TOTALS } from './usage-totals.js';
import type { UsageTotals, UsageTotalsRow } from './usage-totals.js';

/** The calls of the last days: UTC days, today included. */
export interface AccountPeriod {
  readonly userId: number;
  /** Only calls of this key. */
  readonly apiKeyId?: number;
  /** 1 to 365. */
  readonly days: number;
}

export interface AccountSummary extends UsageTotals {
  readonly period_start: Date;
  readonly period_end: Date;
}

export interface AccountBreakdownEntry extends UsageTotals {
  readonly model: string;
  readonly endpoint: string;
}

const SUMMARY = `
  SELECT ${USAGE_TOTALS}, (${firstOfLastDays('$2')})::timestamp AT TIME ZONE 'UTC' AS period_start, now() AS period_end
    FROM usage_rollups WHERE user_id = $1 AND day >= ${firstOfLastDays('$2')} AND ($3::int IS NULL OR api_key_id = $3)`;

const BREAKDOWN = `
  SELECT model, endpoint, ${USAGE_TOTALS}
    FROM usage_rollups WHERE user_id = $1 AND day >= ${firstOfLastDays('$2')} AND ($3::int IS NULL OR api_key_id = $3)
   GROUP BY model, endpoint ORDER BY model, endpoint`;

const REQUESTS_THIS_HOUR = `
  SELECT coalesce(max(requests), 0) AS requests FROM rate_counters
   WHERE user_id = $1 AND subject = 1 AND seconds = 3600 AND started_at > now() - interval '1 hour'`;

/** What one account used, from the rollups: the ledger is not read. */
@Injectable()
export class AccountStatisticsService {
  constructor(private readonly dataSource: DataSource) {}

  async summary(period: AccountPeriod): Promise<AccountSummary> {
    const [row] = await this.dataSource.query<(UsageTotalsRow & { period_start: Date; period_end: Date })[]>(
      SUMMARY,
      parameters(period),
    );
    if (row === undefined) throw new Error('a sum without a row');
    return { ...totalsOf(row), period_start: row.period_start, period_end: row.period_end };
  }

  /** By model and route. */
  async breakdown(period: AccountPeriod): Promise<AccountBreakdownEntry[]> {
    const rows = await this.dataSource.query<(UsageTotalsRow & { model: string; endpoint: string })[]>(
      BREAKDOWN,
      parameters(period),
    );
    return rows.map((row) => ({ model: row.model, endpoint: row.endpoint, ...totalsOf(row) }));
  }

  /** Calls counted against the hourly limit of the account. */
  async requestsThisHour(userId: number): Promise<number> {
    const [row] = await this.dataSource.query<{ requests: number }[]>(REQUESTS_THIS_HOUR, [userId]);
    return row?.requests ?? 0;
  }
}

function parameters({ userId, days, apiKeyId }: AccountPeriod): unknown[] {
  return [userId, days, apiKeyId ?? null];
}
