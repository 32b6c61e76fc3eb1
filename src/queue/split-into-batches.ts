import type { OutboxItem } from './outbox-job.js';
import type { ClaimedItem } from './outbox.repository.js';

export interface TopicBatch {
  readonly topic: string;
  readonly items: readonly OutboxItem[];
}

/**
 * Makes batches of claimed rows: one per topic, except that a row that has failed before travels alone, so that one bad
 * row cannot hold up the others of its batch twice.
 */
export function splitIntoBatches(claimed: readonly ClaimedItem[]): TopicBatch[] {
  const fresh = new Map<string, OutboxItem[]>();
  const alone: TopicBatch[] = [];
  for (const { topic, attempts, outboxId, userId, requestId, admittedAt } of claimed) {
    const item: OutboxItem = { outboxId, userId, requestId, admittedAt };
    const together = fresh.get(topic);
    if (attempts > 0) alone.push({ topic, items: [item] });
    else if (together === undefined) fresh.set(topic, [item]);
    else together.push(item);
  }
  return [...Array.from(fresh, ([topic, items]) => ({ topic, items })), ...alone];
}
