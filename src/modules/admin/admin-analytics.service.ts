import { Injectable } from '@nestjs/common';
import { StandingService } from '../misuse/standing.service.js';
import { InstallationStatisticsService } from '../usage/statistics/installation-statistics.service.js';
import type { TimeSeriesEntry } from '../usage/statistics/time-series-entry.dto.js';
import { timeSeriesCursor } from '../usage/statistics/time-series.js';
import { UsersService } from '../users/users.service.js';
import type { AccountNumbers } from './dto/account-numbers.dto.js';
import type { TimeSeriesQuery } from './dto/time-series.query.js';
import type { TopListEntry } from './dto/top-list-entry.dto.js';
import type { TopQuery } from './dto/top.query.js';
import type { UsageAnalytics } from './dto/usage-analytics.dto.js';

/** Joins the books' numbers with accounts. */
@Injectable()
export class AdminAnalyticsService {
  constructor(
    private readonly statistics: InstallationStatisticsService,
    private readonly users: UsersService,
    private readonly standings: StandingService,
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
    const [{ total, active, blocked }, risks] = await Promise.all([
      this.users.count(),
      this.standings.riskDistribution(),
    ]);
    return {
      total_users: total,
      active_users: active,
      blocked_users: blocked,
      user_risk_distribution: risks,
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
