import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';

const INTERVAL_MS = 15_000;
const LARGEST_SEAL = 1_000;
const MOST_SUMMED_AT_ONCE = 10_000;

/**
 * Seals what was entered into the ledger, well within a minute and never in the way of a settlement; with that it enters the
 * sums of days and months. Every replica runs one; the database lets one of them at a time do the work.
 */
@Injectable()
export class LedgerSequencer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LedgerSequencer.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Seals what is waiting. Returns how many entries; 0 also when another replica is at it. */
  async sealAll(): Promise<number> {
    let total = 0;
    while (!this.stopped) {
      const [{ sealed }] = await this.dataSource.query<{ sealed: number }[]>('SELECT gatehouse_seal($1) AS sealed', [
        LARGEST_SEAL,
      ]);
      total += sealed;
      if (sealed < LARGEST_SEAL) break;
    }
    return total;
  }

  /** Adds the intents of analysed calls to the sums of their days. */
  async sumIntents(): Promise<void> {
    while (!this.stopped) {
      const [{ summed }] = await this.dataSource.query<{ summed: number }[]>(
        'SELECT gatehouse_sum_intents($1) AS summed',
        [MOST_SUMMED_AT_ONCE],
      );
      if (summed < MOST_SUMMED_AT_ONCE) break;
    }
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.run(), INTERVAL_MS);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    try {
      await this.sealAll();
      await this.sumIntents();
    } catch (error) {
      // What is not sealed waits in its table for the next time.
      this.logger.warn({ err: error }, 'the ledger could not be sealed');
    }
    this.schedule();
  }
}
