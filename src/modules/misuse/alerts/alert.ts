/** Guardflow's kinds of alerts, then ours. */
export const ALERT_TYPES = [
  'large_request',
  'multiple_large_requests',
  'rapid_usage',
  'suspicious_content',
  'deviation_blocked',
  'misuse_throttled',
  'misuse_blocked',
  'key_sharing',
] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

export const ALERT_STATUSES = ['active', 'reviewed', 'resolved', 'false_positive'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** Something that an administrator should know. While one of a type is active, more of the same add to it. */
export interface NewAlert {
  readonly userId: number;
  readonly taskId?: number | null;
  readonly type: AlertType;
  readonly severity: Severity;
  readonly title: string;
  readonly description: string;
  readonly metadata?: Record<string, unknown>;
}
