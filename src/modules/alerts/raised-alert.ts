export const ALERT_STATUSES = ['active', 'reviewed', 'resolved', 'false_positive'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** Severities of misuse alerts, then those of alerts on limits, spending and operation. */
export const ALERT_SEVERITIES = ['low', 'medium', 'high', 'critical', 'info', 'warning'] as const;
export type RaisedSeverity = (typeof ALERT_SEVERITIES)[number];

/** `misuse`: what accounts do; `operator`: limits, spending and the gateway's own state. */
export const ALERT_SOURCES = ['misuse', 'operator'] as const;
export type AlertSource = (typeof ALERT_SOURCES)[number];

/** An alert as administrators see it. */
export interface RaisedAlert {
  /** One sequence for both sources. */
  readonly id: number;
  readonly source: AlertSource;
  /** The account that it is about, with its address and name; null when it is about the installation. */
  readonly user_id: number | null;
  readonly user_email: string | null;
  readonly user_name: string | null;
  readonly task_id: number | null;
  readonly alert_type: string;
  readonly severity: RaisedSeverity;
  readonly title: string;
  readonly description: string;
  readonly status: AlertStatus;
  /** How often it happened. */
  readonly occurrences: number;
  readonly last_seen_at: Date;
  readonly reviewed_by: number | null;
  readonly reviewed_at: Date | null;
  readonly resolution_notes: string | null;
  readonly created_at: Date;
  readonly metadata: Record<string, unknown>;
}

export interface AlertStatistics {
  readonly active_alerts: number;
  readonly resolved_alerts: number;
  readonly critical_alerts: number;
  readonly high_priority_alerts: number;
  readonly total_alerts: number;
}

/** What is left out does not matter. */
export interface AlertSearch {
  readonly status?: AlertStatus;
  readonly source?: AlertSource;
  readonly severity?: RaisedSeverity;
  readonly type?: string;
  readonly userId?: number;
  /** Only alerts with a smaller id. */
  readonly before?: number;
  readonly limit: number;
  readonly skip: number;
}
