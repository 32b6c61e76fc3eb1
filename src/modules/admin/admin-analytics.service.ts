import { Injectable } from '@nestjs/common';
import { InstallationStatisticsService } from '../usage/statistics/installation-statistics.service.js';
import type { TopEntry } from '../usage/statistics/installation-statistics.service.js';
import { timeSeriesCursor } from '../usage/statistics/time-series.js';
import type { TimeSeriesEntry } from '../usage/statistics/time-series.js';
import { UsersService } from '../users/users.service.js';
import type { TimeSeriesQuery } from './dto/time-series.query.js';
import type { TopQuery } from './dto/top.query.js';

export interface UsageAnalytics {
  readonly analysis_period_days: number;
  readonly total_requests: number;
  readonly active_users: number;
  readonly total_tokens_used: number;
  readonly total_cost_nano_usd: number;
  readonly avg_requests_per_day: number;
  readonly avg_tokens_per_request: number;
  readonly intent_distribution: Record<string, number>;
  readonly error_rate_percent: number;
}

export interface AccountNumbers {
  readonly total_users: number;
  readonly active_users: number;
  readonly blocked_users: number;
  /** Null until behaviour is scored. */
  readonly user_risk_distribution: Record<'high_risk' | 'medium_risk' | 'low_risk', number | null>;
}

export interface TopListEntry extends TopEntry {
  /** Of the account, where accounts are ranked; null when it was erased. */
  readonly email?: string | null;
}

/** Joins the books' numbers with accounts. */
@Injectable()
export class AdminAnalyticsService {
  constructor(
    private readonly statistics: InstallationStatisticsService,
    private readonly users: UsersService,
  ) {}

  async usage(days: number): Promise<UsageAnalytics> {
    const usage = await this.statistics.usage(days);
    return {
      analysis_period_days: days,
      total_requests: usage.requests,
      active_users: usage.activeAccounts,
      total_tokens_used: usage.total_tokens,
      total_cost_nano_usd: usage.cost_nano_usd,
      avg_requests_per_day: rounded(usage.requests / days),
      avg_tokens_per_request: rounded(usage.total_tokens / Math.max(1, usage.requests)),
      intent_distribution: usage.intents,
      error_rate_percent: rounded((100 * usage.errors) / Math.max(1, usage.requests)),
    };
  }

  async accounts(): Promise<AccountNumbers> {
    const { total, active, blocked } = await this.users.count();
    return {
      total_users: total,
      active_users: active,
      blocked_users: blocked,
      user_risk_distribution: { high_risk: null, medium_risk: null, low_risk: null },
    };
  }

  async timeSeries(query: TimeSeriesQuery): Promise<{ entries: TimeSeriesEntry[]; nextCursor: string | undefined }> {
    const entries = await this.statistics.timeSeries({
      from: query.from,
      to: query.to,
      groupBy: query.group_by,
      userId: query.user_id,
      apiKeyId: query.api_key_id,
      model: query.model,
      limit: query.limit,
      cursor: query.cursor,
    });
    const last = entries.length === query.limit ? entries.at(-1) : undefined;
    return { entries, nextCursor: last && timeSeriesCursor(last, query.group_by) };
  }

  async top({ of, by, days, limit }: TopQuery): Promise<TopListEntry[]> {
    const entries = await this.statistics.top(of, by, days, limit);
    if (of !== 'user') return entries;
    const accounts = await Promise.all(entries.map(({ subject }) => this.users.findById(Number(subject))));
    return entries.map((entry, index) => ({ ...entry, email: accounts[index]?.email ?? null }));
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
