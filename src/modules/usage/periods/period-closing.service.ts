import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const LARGEST_BATCH = 1_000;

/**
 * Writes the statement of each day and month that is over. New periods do not wait for it, so it may be late: after a
 * downtime it catches up. Whoever tries, the statement's primary key lets one succeed.
 */
@Injectable()
export class PeriodClosingService {
  constructor(private readonly dataSource: DataSource) {}

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
