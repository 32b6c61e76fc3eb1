/** Remaining numbers are -1 where there is no limit; limits are null then. */
export class UsageQuota {
  unlimited: boolean;
  requests_remaining: number;
  daily_tokens_remaining: number;
  monthly_tokens_remaining: number;
  limits: Record<'requests_per_hour' | 'tokens_per_day' | 'tokens_per_month', number | null>;
  used: Record<'requests_this_hour' | 'tokens_today' | 'tokens_this_month', number>;
}
