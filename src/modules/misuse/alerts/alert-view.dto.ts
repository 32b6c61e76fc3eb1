import type { AlertStatus, AlertType, Severity } from './alert.js';

export class AlertView {
  id: number;
  user_id: number;
  user_email: string;
  user_name: string | null;
  task_id: number | null;
  alert_type: AlertType;
  severity: Severity;
  title: string;
  description: string;
  status: AlertStatus;
  /** How often it happened while the alert was active. */
  occurrences: number;
  last_seen_at: Date;
  reviewed_by: number | null;
  reviewed_at: Date | null;
  resolution_notes: string | null;
  created_at: Date;
  metadata: Record<string, unknown>;
}
