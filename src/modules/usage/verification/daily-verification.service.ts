import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { Config } from '../../../config/config.js';
import { createDataSource } from '../../../database/data-source.js';
import { LedgerVerifier } from './ledger-verifier.js';
import type { Verification } from './ledger-verifier.js';

const ONE_AT_A_TIME = 7_218_948;
const MOST_LOGGED = 20;

/** Verifies the books every night, on one replica. What differs is in the log as errors. */
@Injectable()
export class DailyVerification {
  private readonly logger = new Logger(DailyVerification.name);

  constructor(private readonly config: Config) {}

  @Cron(CronExpression.EVERY_DAY_AT_4AM)
  async run(): Promise<void> {
    try {
      // Connections of its own: reading the whole ledger takes longer than a request may.
      const dataSource = await createDataSource(this.config.database.url).initialize();
      try {
        await this.verifyAlone(dataSource);
      } finally {
        await dataSource.destroy();
      }
    } catch (error) {
      this.logger.error({ err: error }, 'the books could not be verified');
    }
  }

  private async verifyAlone(dataSource: DataSource): Promise<void> {
    const turn = dataSource.createQueryRunner();
    try {
      const [{ ours }] = await (turn.query('SELECT pg_try_advisory_lock($1) AS ours', [ONE_AT_A_TIME]) as Promise<
        { ours: boolean }[]
      >);
      if (ours) this.report(await new LedgerVerifier(dataSource).verify());
    } finally {
      // Its connection is closed with the data source, and the lock goes with it.
      await turn.release();
    }
  }

  private report({ discrepancies, calls, head }: Verification): void {
    if (discrepancies.length === 0) {
      this.logger.log(`the books balance: ${calls} calls; head of the chain: ${head}`);
      return;
    }
    this.logger.error(`the books do not balance (${discrepancies.length} findings): run \`npm run ledger -- verify\``);
    for (const { message } of discrepancies.slice(0, MOST_LOGGED)) this.logger.error(message);
  }
}
