import type { OutboxBatch } from './outbox-job.js';

/** The way to other workers, where there is one. An abstract class, so that it can be injected by itself. */
export abstract class JobQueue {
  /** Whether Redis answered lately. Never waits. */
  abstract isUp(): boolean;

  /** Whether a batch can be handed over now: Redis answers and has no backlog. Never rejects; answers within 2 s. */
  abstract accepts(): Promise<boolean>;

  /**
   * Has a job come round again and again on one of the workers, until Redis forgets it: call it often, it counts once.
   * Rejects within about 2 s when Redis does not take it.
   */
  abstract repeat(name: string, everyMs: number): Promise<void>;

  /** Hands a batch over. Rejects within about 2 s when Redis does not take it; it may have arrived all the same. */
  abstract add(topic: string, batch: OutboxBatch): Promise<void>;
}
