export class AlertStatistics {
  active_alerts: number;
  resolved_alerts: number;
  critical_alerts: number;
  high_priority_alerts: number;
  total_alerts: number;
}
