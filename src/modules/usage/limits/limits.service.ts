import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { AccountLimits, AccountQuota, QuotaView } from './account-limits.js';

interface OverviewRow {
  user_id: number;
  requests_per_hour: number | null;
  period: 'day' | 'month' | 'lifetime';
  ends_at: Date;
  requests: string;
  spent: string;
  held: string;
  token_limit: string | null;
}

/* Periods without a row have not been used. A clock that says "now" is the database's, as in admission. */
const OVERVIEW = `
  SELECT a.user_id, a.requests_per_hour, p.period, p.ends_at, coalesce(w.requests, 0) AS requests,
         coalesce(w.spent_tokens, 0) AS spent, coalesce(w.held_tokens, 0) AS held,
         CASE p.period WHEN 'day' THEN a.tokens_per_day WHEN 'month' THEN a.tokens_per_month
                       ELSE a.lifetime_tokens END AS token_limit
    FROM quota_accounts a
   CROSS JOIN LATERAL gatehouse_periods(a.time_zone, a.day_generation, a.month_generation, now()) p
    LEFT JOIN quota_windows w ON w.user_id = a.user_id AND w.period = p.period AND w.starts_at = p.starts_at
         AND w.generation = p.generation
   WHERE a.user_id = ANY ($1)`;

/** The limits of accounts, and what is used of them. */
@Injectable()
export class LimitsService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Gives a new account its limits. Part of the transaction that makes the account. */
  async openAccount(manager: EntityManager, userId: number, limits: AccountLimits): Promise<void> {
    await manager.query(
      `INSERT INTO quota_accounts (user_id, requests_per_hour, tokens_per_day, tokens_per_month, lifetime_tokens)
       VALUES ($1, $2, $3, $4, $5)`,
      [userId, limits.requestsPerHour, limits.tokensPerDay, limits.tokensPerMonth, limits.lifetimeTokens],
    );
  }

  /** Lowers every per-minute limit of an account to this for the time being; null gives them back. */
  async throttle(manager: EntityManager, userId: number, requestsPerMinute: number | null): Promise<void> {
    await manager.query(
      `UPDATE quota_accounts SET throttled_per_minute = $2, updated_at = now()
        WHERE user_id = $1 AND throttled_per_minute IS DISTINCT FROM $2`,
      [userId, requestsPerMinute],
    );
  }

  /** What the account used of each limit in the current periods. */
  async describe(userId: number): Promise<AccountQuota> {
    const quota = (await this.describeMany([userId])).get(userId);
    if (quota === undefined) throw new Error(`account ${userId} has no quota account`);
    return quota;
  }

  async describeMany(userIds: number[]): Promise<Map<number, AccountQuota>> {
    const rows = await this.dataSource.query<OverviewRow[]>(OVERVIEW, [userIds]);
    return new Map(
      userIds.flatMap((userId) => {
        const periods = rows.filter((row) => row.user_id === userId);
        return periods.length === 0 ? [] : [[userId, quotaOf(periods)] as const];
      }),
    );
  }
}

function quotaOf(rows: OverviewRow[]): AccountQuota {
  const byPeriod = new Map(rows.map((row) => [row.period, row]));
  return {
    daily: viewOf(byPeriod.get('day')),
    monthly: viewOf(byPeriod.get('month')),
    balance: viewOf(byPeriod.get('lifetime')),
    requestsPerHour: rows[0]?.requests_per_hour ?? null,
    totalRequests: Number(byPeriod.get('lifetime')?.requests ?? 0),
  };
}

function viewOf(row: OverviewRow | undefined): QuotaView {
  const used = Number(row?.spent ?? 0);
  const held = Number(row?.held ?? 0);
  const limit = row?.token_limit == null ? null : Number(row.token_limit);
  return {
    used,
    held,
    limit,
    remaining: limit === null ? null : Math.max(0, limit - used - held),
    percentage: limit === null ? null : percentage(used, limit),
    resets_at: row === undefined || row.period === 'lifetime' ? null : row.ends_at.toISOString(),
  };
}

function percentage(used: number, limit: number): number {
  if (limit === 0) return 100;
  return Math.round((used / limit) * 10_000) / 100;
}
