import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../../../config/config.js';
import { createDataSource } from '../../../database/data-source.js';
import { isLockTimeout } from '../../../database/postgres-errors.js';
import { RetirementRefused, retireMonths } from './retire-months.js';

/* The month from whose start on everything is kept, and whether there is anything before it. */
const LAPSED = `
  SELECT before, EXISTS (
           SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = $2::regclass AND c.relname ~ '_\\d{4}_\\d{2}$'
              AND to_date(right(c.relname, 7), 'YYYY_MM') < (before AT TIME ZONE 'UTC')::date) AS "isThere"
    FROM (SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => $1)) AT TIME ZONE 'UTC') x(before)`;

/** Drops what has been kept long enough, if the operator set how long that is. */
@Injectable()
export class RetentionService {
  private readonly logger = new Logger(RetentionService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
  ) {}

  /** Whether the operator wants anything to go at all. */
  get isWanted(): boolean {
    const { contentMonths, ledgerMonths } = this.config.retention;
    return contentMonths !== null || ledgerMonths !== null;
  }

  /**
   * Contents first, then calls. Resolves with what kept something from going, in words for operators: it goes another time.
   * @throws the driver's error for trouble that is not known here
   */
  async dropLapsed(): Promise<string[]> {
    const { contentMonths, ledgerMonths } = this.config.retention;
    const obstacles = [
      contentMonths === null ? null : await this.dropContents(contentMonths),
      ledgerMonths === null ? null : await this.retireCalls(ledgerMonths),
    ];
    return obstacles.filter((obstacle) => obstacle !== null);
  }

  private async dropContents(months: number): Promise<string | null> {
    const { before, isThere } = await this.lapsed('request_contents', months);
    if (!isThere) return null;
    try {
      const [{ dropped }] = await this.dataSource.query<{ dropped: number }[]>(
        'SELECT gatehouse_drop_contents($1) AS dropped',
        [before],
      );
      if (dropped === 0) return this.putOff('a call with prompts and answers that have lapsed waits for its analysis');
      this.logger.log(`prompts and answers of ${dropped} months were dropped`);
      return null;
    } catch (error) {
      if (!isLockTimeout(driverError(error))) throw error;
      return this.putOff('prompts and answers that have lapsed are in use');
    }
  }

  private async retireCalls(months: number): Promise<string | null> {
    const { before, isThere } = await this.lapsed('ledger', months);
    if (!isThere) return null;
    // Connections of its own: reading months of the ledger takes longer than a request may.
    const dataSource = await createDataSource(this.config.database.url).initialize();
    try {
      const { calls } = await retireMonths(dataSource, before);
      this.logger.log(`${calls} calls from before ${before.toISOString()} were retired`);
      return null;
    } catch (error) {
      if (isLockTimeout(driverError(error))) return this.putOff('calls that have lapsed are in use');
      if (!(error instanceof RetirementRefused)) throw error;
      return this.putOff(`calls that have lapsed cannot be retired yet: ${error.message}`);
    } finally {
      await dataSource.destroy();
    }
  }

  private putOff(obstacle: string): string {
    this.logger.warn(`${obstacle}: another time`);
    return obstacle;
  }

  private async lapsed(
    table: 'ledger' | 'request_contents',
    months: number,
  ): Promise<{ before: Date; isThere: boolean }> {
    const [row] = await this.dataSource.query<{ before: Date; isThere: boolean }[]>(LAPSED, [months, table]);
    if (row === undefined) throw new Error('a select without a where returned no row');
    return row;
  }
}

function driverError(error: unknown): unknown {
  return error instanceof Error && 'driverError' in error ? error.driverError : error;
}
