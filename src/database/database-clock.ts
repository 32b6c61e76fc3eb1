import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { HotDatabase } from './hot-database.js';

const ASK_EVERY_MS = 15_000;
const ASK = { name: 'gatehouse_clock', text: 'SELECT clock_timestamp() AS now' };

/**
 * The database's time, from an answer of a few seconds ago and this process's stopwatch. What is compared with times in the
 * database, or written there, is told by this clock: that of a replica may be wrong, and may be set while it runs.
 */
@Injectable()
export class DatabaseClock implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(DatabaseClock.name);
  /** Milliseconds of the epoch at which the stopwatch stood at 0; until the database has been asked, as we believe. */
  private origin = Date.now() - performance.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(HotDatabase) private readonly database: HotDatabase) {}

  async onModuleInit(): Promise<void> {
    await this.ask();
    this.timer = setInterval(() => void this.ask(), ASK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Milliseconds of the epoch, whole ones. */
  now(): number {
    return Math.floor(this.origin + performance.now());
  }

  private async ask(): Promise<void> {
    const asked = performance.now();
    try {
      const [row] = await this.database.query<{ now: Date }>(ASK, []);
      if (row !== undefined) this.origin = row.now.getTime() - (asked + performance.now()) / 2;
    } catch (error) {
      // The stopwatch goes on; what it tells is as good as it was.
      this.logger.debug({ err: error }, 'the database could not be asked for the time');
    }
  }
}
