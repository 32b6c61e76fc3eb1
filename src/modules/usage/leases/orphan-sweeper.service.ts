import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../../config/config.js';
import { HotDatabase } from '../../../database/hot-database.js';

const LARGEST_SWEEP = 200;
const LONGEST_INTERVAL_MS = 5_000;
const TOMBSTONES_KEPT = '1 hour';

const SWEEP = { name: 'gatehouse_sweep', text: 'SELECT gatehouse_sweep($1) AS swept' };
const FORGET_TOMBSTONES = {
  name: 'gatehouse_forget_tombstones',
  text: 'DELETE FROM admission_tombstones WHERE created_at < now() - $1::interval',
};

/** Settles the holds whose owner is gone. Every replica runs one; they do not get in each other's way. */
@Injectable()
export class OrphanSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(OrphanSweeper.name);
  private readonly intervalMs: number;
  private readonly graceMs: number;
  private timer: NodeJS.Timeout | undefined;
  private pausedUntil = -Infinity;
  private stopped = false;

  constructor(
    @Inject(HotDatabase) private readonly database: HotDatabase,
    @Inject(Config) config: Config,
  ) {
    this.graceMs = config.limits.holdLeaseSeconds * 1000;
    this.intervalMs = Math.min(LONGEST_INTERVAL_MS, this.graceMs / 2);
  }

  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** One sweep. Returns how many orphans were billed. */
  async sweep(): Promise<number> {
    const [row] = await this.database.query<{ swept: number }>(SWEEP, [LARGEST_SWEEP]);
    return row?.swept ?? 0;
  }

  private schedule(delayMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.run(), delayMs);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    let again = this.intervalMs;
    try {
      if (performance.now() >= this.pausedUntil) {
        const swept = await this.sweep();
        if (swept > 0) this.logger.warn(`${swept} orphaned calls were billed for what is known of them`);
        if (swept === LARGEST_SWEEP) again = 0;
        await this.database.query(FORGET_TOMBSTONES, [TOMBSTONES_KEPT]);
      }
    } catch (error) {
      // While the database was away nobody could renew: owners that live get one lease to do so before they count as gone.
      this.pausedUntil = performance.now() + this.graceMs;
      this.logger.warn({ err: error }, 'sweeping failed');
    }
    this.schedule(again);
  }
}
