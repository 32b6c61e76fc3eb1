import type { DeliveryState } from './delivery-state.js';

/** A delivery as administrators see it. */
export class DeliveryView {
  id: number;
  /** What the receiver knows the event by. */
  event_id: string;
  event: string;
  /** `dead` was given up after hours of attempts: it waits for somebody to send it again. */
  state: DeliveryState;
  attempts: number;
  /** When it is tried next; null unless it is pending. */
  next_attempt_at: Date | null;
  /** HTTP status of the last answer; null without one. */
  last_status: number | null;
  /** An enumerated word. */
  last_error: string | null;
  created_at: Date;
  delivered_at: Date | null;
}
