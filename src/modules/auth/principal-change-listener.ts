import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from '../../config/config.js';
import { parsePrincipalChange } from '../users/principals/principal-change.js';
import { PrincipalCache } from '../users/principals/principal-cache.js';
import { PRINCIPALS_CHANNEL, PrincipalChanges } from '../users/principals/principal-changes.service.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
const CONNECT_TIMEOUT_MS = 3_000;
const CONFIRM_EVERY_MS = 1_500;
const CONFIRM_WITHIN_MS = 5_000;

/**
 * Hears from all replicas whose credentials changed, on a connection of its own. Whatever was missed while it was down
 * is made up for by forgetting everything on reconnecting; until then the cache's own expiry is the bound. While the
 * connection answers, the cache is told so: an answer comes after all notifications that were sent before the question.
 */
@Injectable()
export class PrincipalChangeListener implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(PrincipalChangeListener.name);
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly cache: PrincipalCache,
    private readonly changes: PrincipalChanges,
  ) {}

  onModuleInit(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.stop.signal.aborted) {
      const wasListening = await this.listenUntilLost();
      retryMs = wasListening ? FIRST_RETRY_MS : Math.min(retryMs * 2, LONGEST_RETRY_MS);
      await this.pause(retryMs);
    }
  }

  /** Resolves when the connection has ended, with whether it had been listening at all. */
  private async listenUntilLost(): Promise<boolean> {
    const client = new Client({
      connectionString: this.config.database.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONFIRM_WITHIN_MS,
      keepAlive: true,
      application_name: 'gatehouse-principals',
    });
    const isLost = new Promise<true>((resolve) => client.once('end', () => resolve(true)));
    client.on('error', (error) => this.logger.debug({ err: error }, 'the notification connection failed'));
    client.on('notification', ({ payload }) => this.hear(payload));
    const disconnect = (): void => void client.end();
    try {
      await client.connect();
      await client.query(`LISTEN ${PRINCIPALS_CHANNEL}`);
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot listen for changed credentials; they expire from memory meanwhile');
      await client.end();
      return false;
    }
    this.cache.flush();
    this.stop.signal.addEventListener('abort', disconnect, { once: true });
    if (this.stop.signal.aborted) {
      disconnect();
    }
    while (!(await Promise.race([isLost, delay(CONFIRM_EVERY_MS, false, { ref: false })]))) await this.confirm(client);
    this.stop.signal.removeEventListener('abort', disconnect);
    return true;
  }

  /** A connection that does not answer is ended: another one may. */
  private async confirm(client: Client): Promise<void> {
    const askedAtMs = performance.now();
    try {
      await client.query('SELECT');
      this.cache.confirm(askedAtMs);
    } catch (error) {
      this.logger.debug({ err: error }, 'the notification connection does not answer');
      await client.end();
    }
  }

  private hear(payload: string | undefined): void {
    const change = parsePrincipalChange(payload ?? '');
    if (change === null) {
      this.logger.warn('a notification about changed credentials was not understood; forgetting all of them');
      this.cache.flush();
    } else {
      this.changes.forget(change);
    }
  }

  private async pause(durationMs: number): Promise<void> {
    try {
      await delay(durationMs, undefined, { signal: this.stop.signal, ref: false });
    } catch (error) {
      if (!this.stop.signal.aborted) throw error;
    }
  }
}
