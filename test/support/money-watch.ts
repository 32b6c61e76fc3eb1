import type { DataSource } from 'typeorm';
import { Config } from '../../src/config/config.js';
import { Environment } from '../../src/config/environment.js';
import { AlertWebhook } from '../../src/modules/alerts/webhook/alert-webhook.service.js';
import { WebhookClient } from '../../src/modules/alerts/webhook/webhook-client.js';
import { WebhookDeliveriesRepository } from '../../src/modules/alerts/webhook/webhook-deliveries.repository.js';
import { WebhookDispatcher } from '../../src/modules/alerts/webhook/webhook-dispatcher.service.js';
import { LedgerSequencer } from '../../src/modules/usage/ledger/ledger-sequencer.service.js';
import { LimitAlertsService } from '../../src/modules/usage/alerts/limit-alerts.service.js';
import { MoneyWatch } from '../../src/modules/usage/alerts/money-watch.service.js';
import { OperatorAlertsService } from '../../src/modules/usage/alerts/operator-alerts.service.js';
import { SpendAlertsService } from '../../src/modules/usage/alerts/spend-alerts.service.js';

export const WEBHOOK_SECRET = 'a-webhook-secret-of-the-tests-0123456789';

/** One worker's alerts, from the sealing of entries to the webhook, without timers. */
export class AlertWorker {
  readonly watch: MoneyWatch;
  readonly alerts: OperatorAlertsService;
  readonly dispatcher: WebhookDispatcher;
  private readonly sequencer: LedgerSequencer;
  private readonly client: WebhookClient;

  constructor(dataSource: DataSource, environment: Partial<Environment> = {}) {
    const env = Object.assign(new Environment(), environment);
    const config = new Config(env, { databaseUrl: '', redisUrl: undefined }, 'secret');
    const deliveries = new WebhookDeliveriesRepository(dataSource);
    this.alerts = new OperatorAlertsService(dataSource, new AlertWebhook(config, deliveries));
    this.sequencer = new LedgerSequencer(dataSource);
    this.client = new WebhookClient(config);
    this.dispatcher = new WebhookDispatcher(config, deliveries, this.client);
    const spending = new SpendAlertsService(config, this.alerts);
    const limits = new LimitAlertsService(this.alerts);
    this.watch = new MoneyWatch(dataSource, config, limits, spending, this.alerts);
  }

  /** Seals what was entered, and looks at the accounts that it concerns. */
  async work(): Promise<void> {
    await this.sequencer.sealAll();
    await this.watch.watch();
  }

  async close(): Promise<void> {
    await this.client.onModuleDestroy();
  }
}
