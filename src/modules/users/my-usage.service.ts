import { Injectable } from '@nestjs/common';
import { cursorBehind, cursorOf } from '../usage/ledger/ledger-cursor.js';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { AccountStatisticsService } from '../usage/statistics/account-statistics.service.js';
import { taskTypeOf } from '../usage/statistics/task-type.js';
import type { UsageLogEntry } from './dto/usage-log-entry.dto.js';
import type { UsagePart } from './dto/usage-part.dto.js';
import type { UsageQuota } from './dto/usage-quota.dto.js';
import type { UsageStats } from './dto/usage-stats.dto.js';

/** How the billing API says "unlimited". */
const UNLIMITED = -1;

/** An account's usage as clients of the billing API know it. */
@Injectable()
export class MyUsageService {
  constructor(
    private readonly statistics: AccountStatisticsService,
    private readonly limits: LimitsService,
    private readonly ledger: LedgerReaderService,
  ) {}

  async stats(userId: number, days: number): Promise<UsageStats> {
    const parts = await this.statistics.breakdown({ userId, days });
    const sum = (measure: 'requests' | 'total_tokens' | 'prompt_tokens' | 'completion_tokens') =>
      parts.reduce((total, part) => total + part[measure], 0);
    return {
      total_requests: sum('requests'),
      total_tokens: sum('total_tokens'),
      total_input_tokens: sum('prompt_tokens'),
      total_output_tokens: sum('completion_tokens'),
      by_model: grouped(parts.map((part) => [part.model, part])),
      by_task: grouped(parts.map((part) => [taskTypeOf(part.endpoint), part])),
    };
  }

  /** Newest first; `nextCursor` is there when there may be more. */
  async logs(
    userId: number,
    { limit, offset, cursor }: { limit: number; offset: number; cursor?: string },
  ): Promise<{ entries: UsageLogEntry[]; nextCursor: string | undefined }> {
    const page = await this.ledger.search({ userId, limit, skip: offset, after: cursorOf(cursor) });
    const entries = page.map((entry) => ({
      id: entry.id,
      timestamp: entry.timestamp,
      model_name: entry.model,
      task_type: taskTypeOf(entry.endpoint),
      input_tokens: entry.prompt_tokens,
      output_tokens: entry.completion_tokens,
      total_tokens: entry.openai_tokens_used,
      response_time_ms: entry.response_time_ms,
      has_image: false,
      has_audio: false,
    }));
    return { entries, nextCursor: cursorBehind(page, limit) };
  }

  async quota(userId: number): Promise<UsageQuota> {
    const [quota, requestsThisHour] = await Promise.all([
      this.limits.describe(userId),
      this.statistics.requestsThisHour(userId),
    ]);
    const { daily, monthly, balance, limits } = quota;
    const { requestsPerHour } = limits;
    return {
      unlimited: [daily.limit, monthly.limit, balance.limit, requestsPerHour].every((limit) => limit === null),
      requests_remaining: requestsPerHour === null ? UNLIMITED : Math.max(0, requestsPerHour - requestsThisHour),
      daily_tokens_remaining: daily.remaining ?? UNLIMITED,
      monthly_tokens_remaining: monthly.remaining ?? UNLIMITED,
      limits: { requests_per_hour: requestsPerHour, tokens_per_day: daily.limit, tokens_per_month: monthly.limit },
      used: { requests_this_hour: requestsThisHour, tokens_today: daily.used, tokens_this_month: monthly.used },
    };
  }
}

/** Names come from clients, so they never become keys of an object that inherits any. */
function grouped(
  parts: (readonly [name: string, part: { requests: number; total_tokens: number }])[],
): Record<string, UsagePart> {
  const sums = new Map<string, UsagePart>();
  for (const [name, { requests, total_tokens }] of parts) {
    const before = sums.get(name) ?? { requests: 0, tokens: 0 };
    sums.set(name, { requests: before.requests + requests, tokens: before.tokens + total_tokens });
  }
  return Object.fromEntries(sums);
}
