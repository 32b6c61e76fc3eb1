export class MyProfile {
  id: number;
  email: string;
  name: string | null;
  daily_quota: number | null;
  monthly_quota: number | null;
  requests_per_hour: number | null;
  current_daily_usage: number;
  current_monthly_usage: number;
  total_requests: number;
  total_tokens_used: number;
  deviation_score: number | null;
  is_blocked: boolean;
  blocked_reason: string | null;
  last_activity: Date | null;
  created_at: Date;
}
