import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServers } from '../../src/embedded-servers.js';

let stopServers: (() => Promise<void>) | undefined;

/** Starts the one Postgres of a test run, with data that lives no longer than the run; resolves with its URL. */
export async function startRunPostgres(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-postgres-'));
  const lines: string[] = [];
  const servers = await startEmbeddedServers({
    dataDirSetting: dataDir,
    needPostgres: true,
    needRedis: false,
    checkoutDir: process.cwd(),
    log: (line) => lines.push(line),
    onFatal: (reason) => console.error('The Postgres of the tests is gone:', reason, lines.join('\n')),
  });
  stopServers = async () => {
    await servers.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  if (servers.databaseUrl === undefined) throw new Error(`No Postgres for the tests:\n${lines.join('\n')}`);
  return servers.databaseUrl;
}

export async function stopRunPostgres(): Promise<void> {
  await stopServers?.();
}
