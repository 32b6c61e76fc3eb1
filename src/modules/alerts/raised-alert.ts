export const ALERT_STATUSES = ['active', 'reviewed', 'resolved', 'false_positive'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** Severities of misuse alerts, then those of alerts on limits, spending and operation. */
export const ALERT_SEVERITIES = ['low', 'medium', 'high', 'critical', 'info', 'warning'] as const;
export type RaisedSeverity = (typeof ALERT_SEVERITIES)[number];

/** `misuse`: what accounts do; `operator`: limits, spending and the gateway's own state. */
export const ALERT_SOURCES = ['misuse', 'operator'] as const;
export type AlertSource = (typeof ALERT_SOURCES)[number];

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
