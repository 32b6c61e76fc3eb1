import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_DIRECTORY } from '../../common/supervision/data-dir.js';
import { findProcess } from '../../common/supervision/process-table.js';
import { urlFor } from './embedded-postgres.js';
import { ROLE_NAME } from './postgres-cluster.js';

const PID_LINE = 0;
const SOCKET_DIRECTORY_LINE = 4;

/** URL of the embedded Postgres that a running Gatehouse keeps in this data directory; undefined when none runs. */
export function findRunningPostgres(dataDir: string): string | undefined {
  const path = join(dataDir, CLUSTER_DIRECTORY, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  const runDir = lines[SOCKET_DIRECTORY_LINE]?.trim();
  const server = findProcess(Number(lines[PID_LINE]));
  if (!runDir || server === undefined || server.zombie) return undefined;
  return urlFor(runDir, ROLE_NAME);
}
