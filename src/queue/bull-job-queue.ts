import { setTimeout as sleep } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Queue } from 'bull';
import { BullConnections } from './bull-connections.js';
import { describeError } from './describe-error.js';
import { JobQueue } from './job-queue.js';
import { OUTBOX_QUEUE } from './outbox-job.js';
import type { OutboxBatch } from './outbox-job.js';

const PROBE_INTERVAL_MS = 1_000;
const CLOSE_TIMEOUT_MS = 3_000;
/** More batches than this do not wait in Redis: a flushed Redis then delays few rows. */
const MAX_WAITING_BATCHES = 20;

/** Hands batches to Bull and keeps an eye on Redis, which may be absent, frozen or back at any moment. */
@Injectable()
export class BullJobQueue extends JobQueue implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BullJobQueue.name);
  private state: 'unknown' | 'up' | 'down' = 'unknown';
  private probing: NodeJS.Timeout | undefined;
  private lastError: Error | undefined;
  private closing = false;

  constructor(
    @InjectQueue(OUTBOX_QUEUE) private readonly queue: Queue<OutboxBatch>,
    private readonly connections: BullConnections,
  ) {
    super();
    queue.client.on('error', (error) => (this.lastError = error));
    queue.client.on('close', () => this.changeState('down', this.lastError ?? 'connection closed'));
  }

  onApplicationBootstrap(): void {
    this.probe();
  }

  isUp(): boolean {
    return this.state === 'up';
  }

  async accepts(): Promise<boolean> {
    if (!this.isUp()) return false;
    try {
      return (await this.queue.getWaitingCount()) < MAX_WAITING_BATCHES;
    } catch (error) {
      this.changeState('down', error);
      return false;
    }
  }

  async add(topic: string, batch: OutboxBatch): Promise<void> {
    try {
      await this.queue.add(topic, batch);
    } catch (error) {
      this.changeState('down', error);
      throw error;
    }
  }

  async repeat(name: string, everyMs: number): Promise<void> {
    try {
      await this.queue.add(
        name,
        { items: [] },
        { repeat: { every: everyMs }, removeOnComplete: true, removeOnFail: true },
      );
    } catch (error) {
      this.changeState('down', error);
      throw error;
    }
  }

  /** Jobs under way end first; a Redis that does not answer is given up after 3 s. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearTimeout(this.probing);
    this.connections.retire();
    await Promise.race([this.queue.close(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    this.connections.cut();
  }

  private probe(): void {
    this.queue.client
      .ping()
      .then(
        () => this.changeState('up'),
        (error: unknown) => this.changeState('down', error),
      )
      .finally(() => {
        if (!this.closing) this.probing = setTimeout(() => this.probe(), PROBE_INTERVAL_MS);
      });
  }

  private changeState(state: 'up' | 'down', cause?: unknown): void {
    if (this.closing || state === this.state) return;
    this.state = state;
    this.lastError = undefined;
    if (state === 'up') this.logger.log('Redis answers: analysis goes through Bull');
    else this.logger.warn({ reason: describeError(cause) }, 'Redis does not answer: analysis goes on in-process');
  }
}
