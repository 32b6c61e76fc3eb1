import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';

export const ENSURE_PARTITIONS = 'SELECT gatehouse_ensure_partitions($1)';
export const PARTITIONS_AHEAD_MONTHS = 3;

/** Keeps monthly partitions of the ledger ahead of time, also in a process that runs for a year. */
@Injectable()
export class PartitionUpkeepService {
  private readonly logger = new Logger(PartitionUpkeepService.name);

  constructor(private readonly dataSource: DataSource) {}

  @Cron(CronExpression.EVERY_DAY_AT_3AM)
  async ensurePartitions(): Promise<void> {
    try {
      await this.dataSource.query(ENSURE_PARTITIONS, [PARTITIONS_AHEAD_MONTHS]);
    } catch (error) {
      // Three months are left, and rows outside them go to the default partition: tomorrow is soon enough.
      this.logger.error({ err: error }, 'partitions could not be made ahead');
    }
  }
}
