import { RiskDistribution } from '../../misuse/risk-distribution.dto.js';

export class AccountNumbers {
  total_users: number;
  active_users: number;
  blocked_users: number;
  user_risk_distribution: RiskDistribution;
}
