import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Rounds } from '../../../common/rounds.js';
import { Config } from '../../../config/config.js';
import { describeError } from '../../../queue/describe-error.js';
import { WebhookClient } from './webhook-client.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import type { ClaimedDelivery } from './webhook-deliveries.repository.js';

const INTERVAL_MS = 1_000;
/** As many as can be tried, one after the other in the worst case, well before their claims end. */
const MOST_AT_ONCE = 4;

/** Delivers events to the webhook. Every worker runs one; a delivery is claimed by one of them at a time. */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(WebhookDispatcher.name);
  private readonly rounds = new Rounds(() => this.round());

  constructor(
    private readonly config: Config,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly client: WebhookClient,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.server.role !== 'api' && this.config.alerts.webhook !== null) this.rounds.start(0);
  }

  /** Waits for the attempts under way, 10 s at most. */
  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  /** One round; resolves with the number of attempts. */
  async deliver(): Promise<number> {
    const claimed = await this.deliveries.claim(MOST_AT_ONCE);
    await Promise.all(claimed.map((delivery) => this.attempt(delivery)));
    return claimed.length;
  }

  @Cron(CronExpression.EVERY_DAY_AT_5AM)
  async forgetOld(): Promise<void> {
    try {
      await this.deliveries.forgetOld();
    } catch (error) {
      this.logger.warn({ reason: describeError(error) }, 'old deliveries could not be deleted');
    }
  }

  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const outcome = await this.client.send(delivery.eventId, delivery.body);
    const state = await this.deliveries.finish(delivery, outcome);
    if (state === 'delivered') return;
    const facts = { eventId: delivery.eventId, attempts: delivery.attempts + 1, ...outcome };
    if (state === 'dead') this.logger.error(facts, 'an event for the webhook was given up');
    else this.logger.warn(facts, 'the webhook did not take an event');
  }

  private async round(): Promise<number> {
    let again = INTERVAL_MS;
    try {
      if ((await this.deliver()) === MOST_AT_ONCE) again = 0;
    } catch (error) {
      // What was claimed is due again in a minute.
      this.logger.warn({ reason: describeError(error) }, 'events for the webhook cannot be read');
    }
    return again;
  }
}
