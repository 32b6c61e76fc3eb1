/** How one attempt at a delivery ended. */
export interface WebhookOutcome {
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** Null when the receiver took the event, with a status of 200 to 299. */
  readonly error: 'refused' | 'timeout' | 'unreachable' | null;
}
