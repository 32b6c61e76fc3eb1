import { Injectable, Logger } from '@nestjs/common';
import { OutboxHandlers } from './outbox-handlers.js';
import type { OutboxItem } from './outbox-job.js';
import { OutboxRepository } from './outbox.repository.js';

/** Runs a topic's handler over a batch: the one path for batches from Bull and for those handled in-process. */
@Injectable()
export class OutboxConsumer {
  private readonly logger = new Logger(OutboxConsumer.name);

  constructor(
    private readonly handlers: OutboxHandlers,
    private readonly outbox: OutboxRepository,
  ) {}

  /**
   * Handles a batch. A failure is counted on each of its rows, which come back later, one by one; when it cannot even
   * be counted because Postgres is away, the rows come back as their claims run out. Never rejects.
   */
  async consume(topic: string, items: readonly OutboxItem[]): Promise<void> {
    try {
      await this.handlers.get(topic).handle(items);
    } catch (error) {
      this.logger.warn({ topic, rows: items.length, err: error }, 'an outbox batch failed');
      await this.countFailure(topic, items, error);
    }
  }

  private async countFailure(topic: string, items: readonly OutboxItem[], cause: unknown): Promise<void> {
    try {
      const parked = await this.outbox.fail(
        items,
        cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown',
      );
      if (parked > 0) this.logger.error({ topic, rows: parked }, 'outbox rows were parked after too many attempts');
    } catch (error) {
      this.logger.warn(
        { topic, err: error },
        'the failure could not be counted: the rows return when their claim ends',
      );
    }
  }
}
