import type { AlertSource, AlertStatus, RaisedSeverity } from './raised-alert.js';

/** An alert as administrators see it. */
export class RaisedAlert {
  /** One sequence for both sources. */
  id: number;
  source: AlertSource;
  /** The account that it is about, with its address and name; null when it is about the installation. */
  user_id: number | null;
  user_email: string | null;
  user_name: string | null;
  task_id: number | null;
  alert_type: string;
  severity: RaisedSeverity;
  title: string;
  description: string;
  status: AlertStatus;
  /** How often it happened. */
  occurrences: number;
  last_seen_at: Date;
  reviewed_by: number | null;
  reviewed_at: Date | null;
  resolution_notes: string | null;
  created_at: Date;
  metadata: Record<string, unknown>;
}
