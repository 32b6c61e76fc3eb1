import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';

const INTERVAL_MS = 15_000;
const LARGEST_SEAL = 1_000;

/**
 * Seals what was entered into the ledger, well within a minute and never in the way of a settlement. Every replica runs
 * one; the database lets one of them at a time do the work.
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

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.run(), INTERVAL_MS);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    try {
      await this.sealAll();
    } catch (error) {
      // What is not sealed waits in its table for the next time.
      this.logger.warn({ err: error }, 'the ledger could not be sealed');
    }
    this.schedule();
  }
}
