import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_DIRECTORY } from '../../common/supervision/data-dir.js';
import { EmbeddedServerError } from '../../common/supervision/embedded-server-error.js';
import { isRoot } from '../../common/supervision/os-account.js';
import type { OsAccount } from '../../common/supervision/os-account.js';
import { ensurePrivateDirectory } from '../../common/supervision/owned-directory.js';
import { listProcesses } from '../../common/supervision/process-table.js';
import { runAs } from '../../common/supervision/run-as.js';
import { findComplaint } from '../../common/supervision/server-log.js';
import { stopProcess } from '../../common/supervision/stop-process.js';
import type { Watchdog } from '../../common/supervision/watchdog.js';

/** The role that owns everything, and the database; both exist after the first start. */
export const ROLE_NAME = 'gatehouse';

const MAJOR_VERSION = CLUSTER_DIRECTORY.replace('pg', '');

export interface ClusterRequest {
  dataDir: string;
  initdb: string;
  account?: OsAccount;
  watchdog: Watchdog;
  log: (message: string) => void;
}

/** Whether there is a cluster of ours in a data directory. */
export function hasCluster(dataDir: string): boolean {
  return existsSync(join(dataDir, CLUSTER_DIRECTORY));
}

/**
 * Makes sure that the data directory holds a complete cluster of our version, and answers its path. A new one is made
 * beside its final place and renamed, so one that was interrupted is never used.
 * @throws EmbeddedServerError for data of another version or of another user, or when making it fails
 */
export async function ensureCluster(request: ClusterRequest): Promise<string> {
  const cluster = join(request.dataDir, CLUSTER_DIRECTORY);
  if (existsSync(cluster)) {
    await checkExisting(cluster, request.account);
    return cluster;
  }
  await refuseOtherVersions(request.dataDir);
  await create(cluster, request);
  return cluster;
}

async function checkExisting(cluster: string, account: OsAccount | undefined): Promise<void> {
  const { uid } = statSync(cluster);
  if (!isRoot() && uid !== process.getuid?.()) {
    throw new EmbeddedServerError(
      `${cluster} belongs to another user (${uid}): start as that user, or set GATEHOUSE_DATA_DIR to another directory.`,
    );
  }
  await ensurePrivateDirectory(cluster, account);
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version !== MAJOR_VERSION) {
    throw new EmbeddedServerError(
      `${cluster} was written by Postgres ${version}, and this is Postgres ${MAJOR_VERSION}.`,
    );
  }
}

async function refuseOtherVersions(dataDir: string): Promise<void> {
  const other = (await readdir(dataDir)).find((name) => /^pg\d+$/.test(name));
  if (other === undefined) return;
  throw new EmbeddedServerError(
    `${join(dataDir, other)} holds the data of another Postgres version: dump it with that version and restore it ` +
      `into this one, or set GATEHOUSE_DATA_DIR to another directory.`,
  );
}

async function create(cluster: string, { dataDir, initdb, account, watchdog, log }: ClusterRequest): Promise<void> {
  const draft = `${cluster}.init`;
  await removeDraft(draft);
  log('Creating a new Postgres database cluster.');
  await mkdir(draft);
  await ensurePrivateDirectory(draft, account);
  let initdbPid: number | undefined;
  const { code, output } = await runAs(account, initdb, initdbArguments(draft), (pid) => {
    initdbPid = pid;
    watchdog.watch(pid, 'SIGINT');
  });
  if (initdbPid !== undefined) watchdog.forget(initdbPid);
  if (code !== 0) {
    throw new EmbeddedServerError(`Postgres cannot set up ${cluster}: ${findComplaint(output) ?? `exit code ${code}`}`);
  }
  await rename(draft, cluster);
  await syncDirectory(dataDir);
}

/** The same locale provider as in docker-compose, so that both sort alike. */
function initdbArguments(directory: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${ROLE_NAME}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ];
}

/** An initdb whose parent was killed may still be writing into the draft. */
async function removeDraft(draft: string): Promise<void> {
  if (!existsSync(draft)) return;
  const writers = listProcesses().filter(({ command }) => command.includes(draft));
  await Promise.all(writers.map(({ pid }) => stopProcess(pid, [{ signal: 'SIGKILL', waitMs: 5_000 }])));
  await rm(draft, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Makes the rename survive a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
