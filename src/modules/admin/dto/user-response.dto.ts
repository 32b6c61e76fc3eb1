import { usdOf } from '../../../common/money.js';
import { UNLIMITED } from '../../usage/limits/account-limits.js';
import type { AccountQuota } from '../../usage/limits/account-limits.js';
import type { UserAccount } from '../../users/user-account.js';

export class UserResponseDto {
  /** Integer id. */
  id: number;
  /** UUID of the same account. */
  public_id: string;
  username: string | null;
  email: string;
  name: string | null;
  role: string;
  /** Tokens a day; null is unlimited. */
  daily_quota: number | null;
  /** Tokens a month; null is unlimited. */
  monthly_quota: number | null;
  /** Tokens for life, used ones included; null is unlimited. */
  token_balance: number | null;
  /** Tokens used since the day began. */
  current_daily_usage: number;
  /** Tokens used since the month began. */
  current_monthly_usage: number;
  /** Of all calls together; null: only keys and tasks are limited by the minute. */
  requests_per_minute: number | null;
  requests_per_hour: number | null;
  /** Dollars; null is unlimited. */
  cost_per_day_usd: number | null;
  cost_per_month_usd: number | null;
  /** Requests in flight at once; null is unlimited. */
  concurrent_requests: number | null;
  /** Null: every model. */
  allowed_models: string[] | null;
  /** Null until the account's behaviour is scored. */
  deviation_score: number | null;
  is_active: boolean;
  is_blocked: boolean;
  blocked_reason: string | null;
  blocked_at: Date | null;
  last_activity: Date | null;
  created_at: Date;
  updated_at: Date;

  static of(user: UserAccount, quota: AccountQuota | undefined, deviationScore: number | null): UserResponseDto {
    const limits = quota?.limits ?? UNLIMITED;
    return {
      id: user.id,
      public_id: user.publicId,
      username: user.username,
      email: user.email,
      name: user.name,
      role: user.role,
      daily_quota: quota?.daily.limit ?? null,
      monthly_quota: quota?.monthly.limit ?? null,
      token_balance: quota?.balance.limit ?? null,
      current_daily_usage: quota?.daily.used ?? 0,
      current_monthly_usage: quota?.monthly.used ?? 0,
      requests_per_minute: limits.requestsPerMinute,
      requests_per_hour: limits.requestsPerHour,
      cost_per_day_usd: usdOf(limits.costPerDayNanoUsd),
      cost_per_month_usd: usdOf(limits.costPerMonthNanoUsd),
      concurrent_requests: limits.concurrentRequests,
      allowed_models: limits.allowedModels === null ? null : [...limits.allowedModels],
      deviation_score: deviationScore,
      is_active: user.isActive,
      is_blocked: user.isBlocked,
      blocked_reason: user.blockedReason,
      blocked_at: user.blockedAt,
      last_activity: user.lastActiveAt,
      created_at: user.createdAt,
      updated_at: user.updatedAt,
    };
  }
}
