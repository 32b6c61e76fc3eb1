import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Rounds } from '../../../common/rounds.js';
import { Config } from '../../../config/config.js';
import { LimitAlertsService } from './limit-alerts.service.js';
import { OperatorAlertsService } from './operator-alerts.service.js';
import type { RefusedLimit } from './refused-limit.js';
import { SpendAlertsService } from './spend-alerts.service.js';

const INTERVAL_MS = 5_000;
const INSTALLATION_INTERVAL_MS = 300_000;
const MOST_AT_ONCE = 200;

/*
 * Whoever has taken an account looks at it alone: an entry that is sealed meanwhile notes the account again, and that
 * waits for this transaction.
 */
const TAKE = `
  DELETE FROM limit_checks WHERE user_id = ANY (ARRAY(
    SELECT user_id FROM limit_checks ORDER BY user_id LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING user_id AS "userId"`;
const TAKE_REFUSALS = `
  DELETE FROM window_refusals WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM window_refusals ORDER BY user_id LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING user_id AS "userId", subject, subject_id AS "subjectId", period, measure, most AS "limit", used,
            nullif(resets_at, 'infinity') AS "resetsAt", refused_at AS "refusedAt"`;

/** Looks at the limits and the spending of accounts after something was entered into their books, or refused. Every worker runs one. */
@Injectable()
export class MoneyWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(MoneyWatch.name);
  private readonly rounds = new Rounds(() => this.round());
  private installationDueAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
    private readonly limits: LimitAlertsService,
    private readonly spending: SpendAlertsService,
    private readonly alerts: OperatorAlertsService,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.server.role !== 'api') this.rounds.start(INTERVAL_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  /**
   * One round: accounts, their alerts and the webhook's events in one transaction. Resolves with the number of accounts, or of
   * refusals if those are more.
   */
  async watch(): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const [taken] = await manager.query<[{ userId: number }[], number]>(TAKE, [MOST_AT_ONCE]);
      const [refusals] = await manager.query<[RefusedLimit[], number]>(TAKE_REFUSALS, [MOST_AT_ONCE]);
      const userIds = taken.map(({ userId }) => userId).sort((a, b) => a - b);
      if (userIds.length === 0 && refusals.length === 0) return 0;
      await this.limits.watch(manager, [...new Set([...userIds, ...refusals.map(({ userId }) => userId)])], refusals);
      await this.spending.watchAccounts(manager, userIds);
      return Math.max(userIds.length, refusals.length);
    });
  }

  /** What all accounts spend together. */
  async watchInstallation(): Promise<void> {
    await this.dataSource.transaction((manager) => this.spending.watchInstallation(manager));
  }

  /** Alerts that were written on the way of a request. */
  async announceWritten(): Promise<void> {
    await this.dataSource.transaction((manager) => this.alerts.announceWritten(manager));
  }

  private async round(): Promise<number> {
    let again = INTERVAL_MS;
    try {
      await this.announceWritten();
      if ((await this.watch()) === MOST_AT_ONCE) again = 0;
      if (performance.now() >= this.installationDueAt) {
        await this.watchInstallation();
        this.installationDueAt = performance.now() + INSTALLATION_INTERVAL_MS;
      }
    } catch (error) {
      // Nothing was taken: the next round finds the same accounts.
      this.logger.warn({ err: error }, 'limits and spending could not be watched');
    }
    return again;
  }
}
