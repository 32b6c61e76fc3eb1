export class UsageAnalytics {
  analysis_period_days: number;
  total_requests: number;
  active_users: number;
  total_tokens_used: number;
  total_cost_nano_usd: number;
  avg_requests_per_day: number;
  avg_tokens_per_request: number;
  intent_distribution: Record<string, number>;
  error_rate_percent: number;
}
