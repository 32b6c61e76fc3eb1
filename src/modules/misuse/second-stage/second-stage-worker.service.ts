import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../../config/config.js';
import { describeError } from '../../../queue/describe-error.js';
import { OutboxRepository } from '../../../queue/outbox.repository.js';
import type { ClaimedItem } from '../../../queue/outbox.repository.js';
import { OPINION_WANTED } from './opinion.js';
import { OpinionService } from './opinion.service.js';

const IDLE_INTERVAL_MS = 500;
/** A claim outlives the total timeout by so much, for the database's part of the work. */
const CLAIM_MARGIN_MS = 30_000;

/**
 * Takes prompts that a second opinion is wanted on, a few at once. Its rows are its own topic and its loop is its own, so
 * that a second stage that hangs holds up nothing but itself: neither requests nor the analysis know of it.
 */
@Injectable()
export class SecondStageWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(SecondStageWorker.name);
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private running: Promise<void> = Promise.resolve();
  private databaseWasUp = true;

  constructor(
    private readonly config: Config,
    private readonly outbox: OutboxRepository,
    private readonly opinions: OpinionService,
  ) {}

  onApplicationBootstrap(): void {
    const settings = this.config.misuse.secondStage;
    if (settings !== null) this.running = this.run(settings.concurrency, settings.timeoutMs + CLAIM_MARGIN_MS);
  }

  /** What is under way is given up: its rows come back when their claims end. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all(this.underWay);
  }

  private async run(concurrency: number, leaseMs: number): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const claimed = await this.tryClaim(concurrency - this.underWay.size, leaseMs);
      for (const item of claimed) this.begin(item);
      if (this.underWay.size >= concurrency) await Promise.race(this.underWay);
      else if (claimed.length === 0) await this.pause();
    }
  }

  private begin(item: ClaimedItem): void {
    const work = this.seek(item).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** Never rejects. */
  private async seek(item: ClaimedItem): Promise<void> {
    try {
      await this.opinions.seek(item, this.stopping.signal);
    } catch (error) {
      const reason = describeError(error);
      this.logger.warn({ requestId: item.requestId, reason }, 'a second opinion could not be had');
      await this.countFailure(item, reason);
    }
  }

  private async countFailure(item: ClaimedItem, reason: string): Promise<void> {
    try {
      await this.outbox.fail([item], reason);
    } catch (error) {
      this.logger.warn({ reason: describeError(error) }, 'the failure could not be counted: the row returns by itself');
    }
  }

  /** Trouble with Postgres is logged once and tried again. */
  private async tryClaim(limit: number, leaseMs: number): Promise<ClaimedItem[]> {
    try {
      const claimed = await this.outbox.claim([OPINION_WANTED], limit, leaseMs);
      this.databaseWasUp = true;
      return claimed;
    } catch (error) {
      if (this.databaseWasUp) this.logger.warn({ reason: describeError(error) }, 'the outbox cannot be read');
      this.databaseWasUp = false;
      return [];
    }
  }

  private async pause(): Promise<void> {
    const { signal } = this.stopping;
    try {
      await sleep(IDLE_INTERVAL_MS, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
