import { Inject, Injectable, Logger } from '@nestjs/common';
import { HotDatabase } from '../database/hot-database.js';
import { describeError } from './describe-error.js';
import { OutboxHandlers } from './outbox-handlers.js';
import type { OutboxItem } from './outbox-job.js';
import { OutboxRepository } from './outbox.repository.js';
import { QUEUE_OPTIONS, answersRequests } from './queue-options.js';
import type { QueueOptions } from './queue-options.js';
import { WorkPace } from './work-pace.js';

/** Runs a topic's handler over a batch: the one path for batches from Bull and for those handled in-process. */
@Injectable()
export class OutboxConsumer {
  private readonly logger = new Logger(OutboxConsumer.name);
  private readonly pace: WorkPace;

  constructor(
    private readonly handlers: OutboxHandlers,
    private readonly outbox: OutboxRepository,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
    database: HotDatabase,
  ) {
    this.pace = new WorkPace(database.waitingCalls);
  }

  /**
   * Handles a batch. A failure is counted on each of its rows, which come back later, one by one; when it cannot even
   * be counted because Postgres is away, the rows come back as their claims run out. Never rejects.
   */
  async consume(topic: string, items: readonly OutboxItem[]): Promise<void> {
    const handle = () => this.handle(topic, items);
    if (answersRequests(this.options)) await this.pace.run(handle);
    else await handle();
  }

  private async handle(topic: string, items: readonly OutboxItem[]): Promise<void> {
    try {
      await this.handlers.get(topic).handle(items);
    } catch (error) {
      const reason = describeError(error);
      this.logger.warn({ topic, rows: items.length, reason }, 'an outbox batch failed');
      await this.countFailure(topic, items, reason);
    }
  }

  private async countFailure(topic: string, items: readonly OutboxItem[], reason: string): Promise<void> {
    try {
      const parked = await this.outbox.fail(items, reason);
      if (parked > 0) this.logger.error({ topic, rows: parked }, 'outbox rows were parked after too many attempts');
    } catch (error) {
      this.logger.warn(
        { topic, reason: describeError(error) },
        'the failure could not be counted: the rows return when their claim ends',
      );
    }
  }
}
