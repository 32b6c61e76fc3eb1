import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../config/configuration-error.js';
import { createDataSource } from './data-source.js';
import { ENSURE_PARTITIONS, PARTITIONS_AHEAD_MONTHS } from './partition-upkeep.service.js';

const MIGRATION_LOCK = 7_218_945;

/** Brings the schema up to date. Replicas that start together take turns; the later ones find nothing to do. */
export async function runMigrations(databaseUrl: string): Promise<void> {
  const dataSource = await connect(databaseUrl);
  try {
    await holdingLock(dataSource, async () => {
      await dataSource.runMigrations();
      await dataSource.query(ENSURE_PARTITIONS, [PARTITIONS_AHEAD_MONTHS]);
    });
  } finally {
    await dataSource.destroy();
  }
}

/** @throws ConfigurationError when there is no Postgres to talk to; its text names no part of the URL */
async function connect(databaseUrl: string): Promise<DataSource> {
  try {
    return await createDataSource(databaseUrl).initialize();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
    throw new ConfigurationError(`DATABASE_URL leads to no Postgres that takes our connection (${code})`, {
      cause: error,
    });
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
