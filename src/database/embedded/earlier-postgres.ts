import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServerError } from '../../common/supervision/embedded-server-error.js';
import { findProcess, listProcesses } from '../../common/supervision/process-table.js';
import type { ProcessInfo } from '../../common/supervision/process-table.js';
import { stopProcess } from '../../common/supervision/stop-process.js';
import type { StopStep } from '../../common/supervision/stop-process.js';

/** Fast shutdown (clients are cut off, data written), then immediate (recovery at the next start), then by force. */
export const POSTGRES_STOP_STEPS: readonly [StopStep, ...StopStep[]] = [
  { signal: 'SIGINT', waitMs: 30_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/** Backends without their server can only end; recovery redoes what they had committed. */
const BACKEND_STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGQUIT', waitMs: 1_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

export interface ClusterPlace {
  clusterDir: string;
  runDir: string;
  /** `cluster_name`; every process of the server carries it in its title. */
  clusterName: string;
}

/** Process id in `postmaster.pid`, and whether the server reports that it takes connections. */
export function readPostmasterFile(clusterDir: string): { pid: number; ready: boolean } | undefined {
  const path = join(clusterDir, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Stops what an earlier process left running on this cluster, and removes a `postmaster.pid` that would make Postgres
 * refuse to start although its process is dead: not yet collected by its parent, or its pid now somebody else's.
 * Call it only as the holder of the data directory's lock.
 */
export async function clearEarlierPostgres(place: ClusterPlace, log: (message: string) => void): Promise<void> {
  const servers = listProcesses().filter((found) => isServer(found, place));
  for (const { pid } of servers) {
    log(`Postgres of an earlier run is still up (pid ${pid}), stopping it.`);
    await stopOrThrow(pid, POSTGRES_STOP_STEPS);
  }
  const backends = listProcesses().filter(({ command }) => command.startsWith(`postgres: ${place.clusterName}:`));
  await Promise.all(backends.map(({ pid }) => stopOrThrow(pid, BACKEND_STOP_STEPS)));
  await removeDeadPidFile(place);
}

function isServer({ command }: ProcessInfo, { clusterDir }: ClusterPlace): boolean {
  return /\/postgres -D /.test(command) && command.includes(` -D ${clusterDir} `);
}

async function stopOrThrow(pid: number, steps: readonly StopStep[]): Promise<void> {
  if (!(await stopProcess(pid, steps))) {
    throw new EmbeddedServerError(`Postgres of an earlier run (pid ${pid}) cannot be stopped: stop it by hand.`);
  }
}

async function removeDeadPidFile({ clusterDir, runDir }: ClusterPlace): Promise<void> {
  const named = readPostmasterFile(clusterDir);
  if (named === undefined) return;
  // Gone altogether: Postgres finds out by itself, with checks of its own that are better left to it.
  const holder = findProcess(named.pid);
  if (holder === undefined) return;
  if (!holder.zombie && /\bpostgres\b/.test(holder.command)) return;
  const stale = [join(clusterDir, 'postmaster.pid'), join(runDir, '.s.PGSQL.5432'), join(runDir, '.s.PGSQL.5432.lock')];
  for (const path of stale) await rm(path, { force: true });
}
