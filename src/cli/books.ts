import type { DataSource } from 'typeorm';
import { resolveDataDir } from '../common/supervision/data-dir.js';
import { readEnvironment, searchPaths } from '../config/read-environment.js';
import { createDataSource } from '../database/data-source.js';
import { findRunningPostgres } from '../database/embedded/running-postgres.js';
import { startEmbeddedServers } from '../embedded-servers.js';

/**
 * Runs a command on the database of this installation: `DATABASE_URL`, or the embedded Postgres, which is started for as
 * long as the command takes if no server is running. Statements have no timeout.
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
  const running = findRunningPostgres((await resolveDataDir(place)).path);
  if (running !== undefined) return { url: running, stop: nothing };
  const servers = await startEmbeddedServers({ ...place, needPostgres: true, needRedis: false, onFatal: log });
  if (servers.databaseUrl === undefined) throw new Error('the embedded Postgres did not start');
  return { url: servers.databaseUrl, stop: () => servers.stop() };
}
