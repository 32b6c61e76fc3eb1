import type { DataSource } from 'typeorm';
import { resolveDataDir } from '../common/supervision/data-dir.js';
import { readEnvironment, searchPaths } from '../config/read-environment.js';
import { createDataSource } from '../database/data-source.js';
import { hasCluster } from '../database/embedded/postgres-cluster.js';
import { findRunningPostgres } from '../database/embedded/running-postgres.js';
import { startEmbeddedServers } from '../embedded-servers.js';
import { UsageError } from './usage-error.js';

/**
 * Runs a command on the database of this installation: `DATABASE_URL`, or the embedded Postgres, which is started for as
 * long as the command takes if no server is running. Statements have no timeout.
 * @throws UsageError when there is no database yet: a command never makes one
 */
export async function withBooks<T>(use: (dataSource: DataSource) => Promise<T>): Promise<T> {
  const database = await findDatabase();
  try {
    const dataSource = await createDataSource(database.url).initialize();
    try {
      return await use(dataSource);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.stop();
  }
}

async function findDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  const env = readEnvironment();
  const nothing = async (): Promise<void> => undefined;
  if (env.DATABASE_URL !== undefined) return { url: env.DATABASE_URL, stop: nothing };
  const log = (message: string): void => void process.stderr.write(`${message}\n`);
  const place = { ...searchPaths(), dataDirSetting: env.GATEHOUSE_DATA_DIR, checkoutDir: process.cwd(), log };
  const { path: dataDir } = await resolveDataDir(place);
  const running = findRunningPostgres(dataDir);
  if (running !== undefined) return { url: running, stop: nothing };
  if (!hasCluster(dataDir)) {
    throw new UsageError(
      `There is no database in ${dataDir}: set GATEHOUSE_DATA_DIR or DATABASE_URL as the server has it.`,
    );
  }
  const servers = await startEmbeddedServers({ ...place, needPostgres: true, needRedis: false, onFatal: log });
  if (servers.databaseUrl === undefined) throw new Error('the embedded Postgres did not start');
  return { url: servers.databaseUrl, stop: () => servers.stop() };
}
