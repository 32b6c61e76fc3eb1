import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { DomainError } from '../common/errors/domain-error.js';
import { unavailable } from '../common/errors/errors.js';
import { HotDatabase } from '../database/hot-database.js';
import { describeError } from '../queue/describe-error.js';

const PROBE_INTERVAL_MS = 3_000;
const PROBE = { name: 'health_probe', text: 'SELECT 1' };

/** Asks Postgres now and then, so that liveness can tell its state without waiting for it. */
@Injectable()
export class DatabaseProbe implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DatabaseProbe.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private up = false;

  constructor(private readonly database: HotDatabase) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.probe();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Whether the last question was answered. Never waits. */
  isUp(): boolean {
    return this.up;
  }

  /**
   * Asks now.
   * @throws DomainError `unavailable`, in words fit for the public, when there is no good answer within 1.5 s
   */
  async ask(): Promise<void> {
    try {
      await this.database.query(PROBE, []);
    } catch (error) {
      throw unavailable('The database does not answer.', { cause: error });
    }
  }

  private async probe(): Promise<void> {
    try {
      await this.ask();
      this.remember(true);
    } catch (error) {
      this.remember(false, error instanceof DomainError ? error.details.cause : error);
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.probe(), PROBE_INTERVAL_MS).unref();
  }

  private remember(up: boolean, cause?: unknown): void {
    const lost = this.up && !up && !this.stopped;
    if (lost) this.logger.warn({ reason: describeError(cause) }, 'the database does not answer');
    this.up = up;
  }
}
