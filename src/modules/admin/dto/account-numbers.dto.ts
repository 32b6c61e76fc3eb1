export class AccountNumbers {
  total_users: number;
  active_users: number;
  blocked_users: number;
  /** Null until behaviour is scored. */
  user_risk_distribution: Record<'high_risk' | 'medium_risk' | 'low_risk', number | null>;
}
