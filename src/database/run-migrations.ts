import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { ENSURE_PARTITIONS, PARTITIONS_AHEAD_MONTHS } from './partition-upkeep.service.js';

const MIGRATION_LOCK = 7_218_945;

/** Brings the schema up to date. Replicas that start together take turns; the later ones find nothing to do. */
export async function runMigrations(databaseUrl: string): Promise<void> {
  const dataSource = await createDataSource(databaseUrl).initialize();
  try {
    await holdingLock(dataSource, async () => {
      await dataSource.runMigrations();
      await dataSource.query(ENSURE_PARTITIONS, [PARTITIONS_AHEAD_MONTHS]);
    });
  } finally {
    await dataSource.destroy();
  }
}

async function holdingLock(dataSource: DataSource, work: () => Promise<void>): Promise<void> {
  const connection = dataSource.createQueryRunner();
  try {
    await connection.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await work();
    await connection.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await connection.release();
  }
}
