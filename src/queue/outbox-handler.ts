import type { OutboxItem } from './outbox-job.js';

/** Does the work of one topic. A module registers its handler in `OutboxHandlers` when it starts. */
export interface OutboxHandler {
  /**
   * Handles the rows and deletes them from the outbox in the same transaction as the result. The same row may be
   * delivered twice, even at once: rows that are gone are skipped.
   * When it rejects, none of the rows counts as done.
   */
  handle(items: readonly OutboxItem[]): Promise<void>;
}
