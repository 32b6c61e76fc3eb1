import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { describeError } from './describe-error.js';
import { JobQueue } from './job-queue.js';
import { OutboxConsumer } from './outbox-consumer.service.js';
import { OutboxHandlers } from './outbox-handlers.js';
import { OutboxRepository } from './outbox.repository.js';
import type { ClaimedItem } from './outbox.repository.js';
import { splitIntoBatches } from './split-into-batches.js';
import type { TopicBatch } from './split-into-batches.js';
import { DEFAULT_LEASE_MS, QUEUE_OPTIONS, drainsOutbox } from './queue-options.js';
import type { QueueOptions } from './queue-options.js';

const BATCH_SIZE = 100;
const BUSY_INTERVAL_MS = 200;
const IDLE_INTERVAL_MS = 1_000;

/**
 * Polls the outbox and sees to it that every row is handled: through Bull while Redis answers, else in this process. A
 * row leaves the outbox only when its handler is done, so Redis may lose whatever it likes. A row that did not come back
 * from Bull within its lease is handled here: Bull had its chance.
 */
@Injectable()
export class OutboxDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(OutboxDispatcher.name);
  private readonly stopping = new AbortController();
  private readonly leaseMs: number;
  private running: Promise<void> = Promise.resolve();
  private queueWasUp = false;
  private databaseWasUp = true;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly handlers: OutboxHandlers,
    private readonly consumer: OutboxConsumer,
    private readonly jobQueue: JobQueue,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
  ) {
    this.leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  }

  onApplicationBootstrap(): void {
    if (drainsOutbox(this.options) && this.handlers.topics().length > 0) this.running = this.run();
  }

  /** Waits for the batch in hand. Whatever is left stays in the outbox for the next process. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let intervalMs = BUSY_INTERVAL_MS;
    while (!signal.aborted) {
      const claimed = await this.tryDispatch();
      if (claimed === BATCH_SIZE) continue;
      intervalMs = claimed > 0 ? BUSY_INTERVAL_MS : Math.min(intervalMs * 1.5, IDLE_INTERVAL_MS);
      await this.pause(intervalMs, signal);
    }
  }

  /** One round; answers how many rows it claimed. Trouble with Postgres is logged once and tried again. */
  private async tryDispatch(): Promise<number> {
    try {
      const claimed = await this.dispatch();
      if (!this.databaseWasUp) this.logger.log('the outbox can be read again');
      this.databaseWasUp = true;
      return claimed;
    } catch (error) {
      if (this.databaseWasUp) this.logger.warn({ reason: describeError(error) }, 'the outbox cannot be read');
      this.databaseWasUp = false;
      return 0;
    }
  }

  private async dispatch(): Promise<number> {
    const topics = this.handlers.topics();
    await this.takeBackFromLostQueue(topics);
    const claimed = await this.outbox.claim(topics, BATCH_SIZE, this.leaseMs);
    const inProcess = (await this.handOver(claimed.filter((item) => !item.lapsed))).concat(
      splitIntoBatches(claimed.filter((item) => item.lapsed)),
    );
    for (const { topic, items } of inProcess) await this.consumer.consume(topic, items);
    return claimed.length;
  }

  /** When Redis goes away, the rows that were handed to Bull are due at once instead of when their lease ends. */
  private async takeBackFromLostQueue(topics: readonly string[]): Promise<void> {
    const isUp = this.jobQueue.isUp();
    if (this.queueWasUp && !isUp) await this.outbox.expireClaims(topics);
    this.queueWasUp = isUp;
  }

  /** Hands rows to Bull; answers the batches that it did not take. */
  private async handOver(items: readonly ClaimedItem[]): Promise<TopicBatch[]> {
    const batches = splitIntoBatches(items);
    if (batches.length === 0 || !(await this.jobQueue.accepts())) return batches;
    const outcomes = await Promise.allSettled(batches.map(({ topic, items }) => this.jobQueue.add(topic, { items })));
    return batches.filter((_, index) => outcomes[index].status === 'rejected');
  }

  private async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(milliseconds, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
