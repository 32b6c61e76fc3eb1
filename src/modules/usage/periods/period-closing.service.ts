import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';

const EVERY_MS = 60_000;
const LARGEST_BATCH = 1_000;

/**
 * Writes the statement of each day and month that is over. New periods do not wait for it, so it may be late: after a
 * downtime it catches up. Every replica tries; the statement's primary key lets one succeed.
 */
@Injectable()
export class PeriodClosingService {
  private readonly logger = new Logger(PeriodClosingService.name);
  private running = false;

  constructor(private readonly dataSource: DataSource) {}

  @Interval(EVERY_MS)
  async tick(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      const closed = await this.closeAll();
      if (closed > 0) this.logger.log(`${closed} periods were closed`);
    } catch (error) {
      this.logger.warn({ err: error }, 'periods could not be closed');
    } finally {
      this.running = false;
    }
  }

  /** Closes whatever can be closed. Resolves with the number of statements written. */
  async closeAll(): Promise<number> {
    let total = 0;
    for (;;) {
      const [row] = await this.dataSource.query<{ closed: number }[]>('SELECT gatehouse_close_periods($1) AS closed', [
        LARGEST_BATCH,
      ]);
      const closed = row?.closed ?? 0;
      total += closed;
      if (closed < LARGEST_BATCH) return total;
    }
  }
}
