import { Injectable } from '@nestjs/common';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { AccountStatisticsService } from '../usage/statistics/account-statistics.service.js';
import { taskTypeOf } from '../usage/statistics/task-type.js';

/** How the billing API says "unlimited". */
const UNLIMITED = -1;

export interface UsagePart {
  readonly requests: number;
  readonly tokens: number;
}

export interface UsageStats {
  readonly total_requests: number;
  readonly total_tokens: number;
  readonly total_input_tokens: number;
  readonly total_output_tokens: number;
  readonly by_model: Record<string, UsagePart>;
  readonly by_task: Record<string, UsagePart>;
}

export interface UsageLogEntry {
  readonly id: string;
  readonly timestamp: Date;
  readonly model_name: string;
  readonly task_type: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly response_time_ms: number;
  /** Always false: what was sent is not kept in the ledger. */
  readonly has_image: boolean;
  /** Always false. */
  readonly has_audio: boolean;
}

/** Remaining numbers are -1 where there is no limit; limits are null then. */
export interface UsageQuota {
  readonly unlimited: boolean;
  readonly requests_remaining: number;
  readonly daily_tokens_remaining: number;
  readonly monthly_tokens_remaining: number;
  readonly limits: Record<'requests_per_hour' | 'tokens_per_day' | 'tokens_per_month', number | null>;
  readonly used: Record<'requests_this_hour' | 'tokens_today' | 'tokens_this_month', number>;
}

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

  async logs(userId: number, { limit, offset }: { limit: number; offset: number }): Promise<UsageLogEntry[]> {
    const entries = await this.ledger.recentForUser(userId, { limit, skip: offset });
    return entries.map((entry) => ({
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
  }

  async quota(userId: number): Promise<UsageQuota> {
    const [quota, requestsThisHour] = await Promise.all([
      this.limits.describe(userId),
      this.statistics.requestsThisHour(userId),
    ]);
    const { daily, monthly, balance, requestsPerHour } = quota;
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
