import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { AccountLimits, AccountQuota, QuotaView } from './account-limits.js';

interface OverviewRow {
  user_id: number;
  requests_per_hour: number | null;
  /** 1 day, 2 month, 3 lifetime. */
  period: 1 | 2 | 3;
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
         CASE p.period WHEN 1 THEN a.tokens_per_day WHEN 2 THEN a.tokens_per_month
                       ELSE a.lifetime_tokens END AS token_limit
    FROM quota_accounts a
   CROSS JOIN LATERAL gatehouse_periods(a.time_zone, a.day_generation, a.month_generation, now()) p
    LEFT JOIN quota_windows w ON w.user_id = a.user_id AND w.subject = 1 AND w.period = p.period AND w.starts_at = p.starts_at
         AND w.generation = p.generation
   WHERE a.user_id = ANY ($1)`;

/** The limits of accounts, and what is used of them. */
@Injectable()
export class LimitsService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Gives a new account its limits, and its tokens for life as the first entry. Part of the transaction that makes it. */
  async openAccount(manager: EntityManager, userId: number, limits: AccountLimits): Promise<void> {
    await manager.query(
      `INSERT INTO quota_accounts (user_id, requests_per_hour, tokens_per_day, tokens_per_month, lifetime_tokens)
       VALUES ($1, $2, $3, $4, $5)`,
      [userId, limits.requestsPerHour, limits.tokensPerDay, limits.tokensPerMonth, limits.lifetimeTokens],
    );
    if (limits.lifetimeTokens === null) return;
    await manager.query(`INSERT INTO balance_entries (user_id, kind, tokens) VALUES ($1, 'opening', $2)`, [
      userId,
      limits.lifetimeTokens,
    ]);
  }

  /**
   * Changes limits of an account; those left out or undefined stay. What was spent or is held does not change. Part of
   * the caller's transaction: no call is admitted on the account until its end.
   */
  async changeLimits(
    manager: EntityManager,
    userId: number,
    changes: Partial<AccountLimits>,
  ): Promise<{ before: AccountLimits; after: AccountLimits }> {
    const [row] = await manager.query<Record<keyof AccountLimits, number | string | null>[]>(
      `SELECT requests_per_hour AS "requestsPerHour", tokens_per_day AS "tokensPerDay",
              tokens_per_month AS "tokensPerMonth", lifetime_tokens AS "lifetimeTokens"
         FROM quota_accounts WHERE user_id = $1 FOR UPDATE`,
      [userId],
    );
    if (row === undefined) throw new Error(`account ${userId} has no quota account`);
    const before: AccountLimits = {
      requestsPerHour: numberOrNull(row.requestsPerHour),
      tokensPerDay: numberOrNull(row.tokensPerDay),
      tokensPerMonth: numberOrNull(row.tokensPerMonth),
      lifetimeTokens: numberOrNull(row.lifetimeTokens),
    };
    const given = Object.entries(changes).filter(([, limit]) => limit !== undefined);
    const after: AccountLimits = { ...before, ...Object.fromEntries(given) };
    await manager.query(
      `UPDATE quota_accounts
          SET requests_per_hour = $2, tokens_per_day = $3, tokens_per_month = $4, lifetime_tokens = $5, updated_at = now()
        WHERE user_id = $1`,
      [userId, after.requestsPerHour, after.tokensPerDay, after.tokensPerMonth, after.lifetimeTokens],
    );
    await this.enterBalance(manager, userId, after.lifetimeTokens);
    return { before, after };
  }

  /** The balance is the sum of its entries, so a balance that is set is the correction that leads to it. */
  private async enterBalance(manager: EntityManager, userId: number, balance: number | null): Promise<void> {
    if (balance === null) return;
    await manager.query(
      `INSERT INTO balance_entries (user_id, kind, tokens, reason)
       SELECT $1, 'correction', $2 - given.tokens, 'the balance was set'
         FROM (SELECT coalesce(sum(tokens), 0)::bigint AS tokens FROM balance_entries WHERE user_id = $1) given
        WHERE given.tokens <> $2`,
      [userId, balance],
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

/** The driver reads a bigint as text. */
function numberOrNull(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}

function quotaOf(rows: OverviewRow[]): AccountQuota {
  const byPeriod = new Map(rows.map((row) => [row.period, row]));
  return {
    daily: viewOf(byPeriod.get(1)),
    monthly: viewOf(byPeriod.get(2)),
    balance: viewOf(byPeriod.get(3)),
    requestsPerHour: rows[0]?.requests_per_hour ?? null,
    totalRequests: Number(byPeriod.get(3)?.requests ?? 0),
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
    resets_at: row === undefined || row.period === 3 ? null : row.ends_at.toISOString(),
  };
}

function percentage(used: number, limit: number): number {
  if (limit === 0) return 100;
  return Math.round((used / limit) * 10_000) / 100;
}
