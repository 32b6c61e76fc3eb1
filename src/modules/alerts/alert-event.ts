/** What the webhook tells of an alert. Names and numbers only: no content, no addresses, no keys. */
export interface AlertEvent {
  /** Id of the alert in `GET /api/v1/admin/alerts`. */
  readonly alertId: number;
  readonly source: 'misuse' | 'operator';
  readonly type: string;
  readonly severity: string;
  /** The account that it is about; null when it is about the installation. */
  readonly userId: number | null;
  readonly taskId: number | null;
  readonly title: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}
