/** Accounts at high risk are throttled or blocked for misuse, or deviate over the threshold; at medium risk, warned of. */
export class RiskDistribution {
  high_risk: number;
  medium_risk: number;
  low_risk: number;
}
