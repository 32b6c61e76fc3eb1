import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataDirLock } from './common/supervision/data-dir-lock.js';
import { resolveDataDir } from './common/supervision/data-dir.js';
import type { DataDir, DataDirRequest } from './common/supervision/data-dir.js';
import { EmbeddedServerError } from './common/supervision/embedded-server-error.js';
import { currentUserName, isRoot } from './common/supervision/os-account.js';
import { prepareRunDir } from './common/supervision/run-dir.js';
import { StopStack } from './common/supervision/stop-stack.js';
import { Watchdog } from './common/supervision/watchdog.js';
import { EmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { EmbeddedRedis } from './queue/embedded-redis.js';

export interface EmbeddedServersRequest extends DataDirRequest {
  needPostgres: boolean;
  needRedis: boolean;
  /** `PATH`, to find a Redis on; the usual directories when absent. */
  searchPath?: string;
  /** How long Postgres may take no connection before it is started again; a minute when left out. */
  postgresPatienceMs?: number;
  /** The database is gone for good (it crashed too often): say so and exit. `message` is one line. */
  onFatal(message: string): void;
}

export interface EmbeddedServers {
  dataDir: string;
  /** Unix-socket URL for `pg` and TypeORM; absent when no Postgres was asked for. */
  databaseUrl?: string;
  /** Path of a Unix socket, as ioredis takes it; absent when not asked for, not installed, or not startable. */
  redisUrl?: string;
  /** The operating system's user that the servers run as; absent when none was started. */
  osUser?: string;
  /** Stops the servers and gives the data directory free. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Finds the data directory and starts the servers that are asked for; with none, the directory is found and not locked.
 * @throws EmbeddedServerError with one line for the operator; nothing is left running or locked then
 */
export async function startEmbeddedServers(request: EmbeddedServersRequest): Promise<EmbeddedServers> {
  const dataDir = await resolveDataDir(request);
  if (!request.needPostgres && !request.needRedis) return { dataDir: dataDir.path, stop: async () => undefined };
  const lock = await acquireLock(dataDir, request);
  if (lock === undefined) return { dataDir: dataDir.path, stop: async () => undefined };
  const stack = new StopStack();
  stack.add(() => lock.release());
  try {
    return await startIn(dataDir, request, stack);
  } catch (error) {
    await stack.stopAll();
    throw error;
  }
}

/** Two processes may share a `DATABASE_URL` and a checkout; the second one then simply has no Redis of its own. */
async function acquireLock(dataDir: DataDir, request: EmbeddedServersRequest): Promise<DataDirLock | undefined> {
  try {
    return await DataDirLock.acquire(dataDir.path);
  } catch (error) {
    if (request.needPostgres || !(error instanceof EmbeddedServerError)) throw error;
    request.log(`No embedded Redis for this process. ${error.message}`);
    return undefined;
  }
}

async function startIn(dataDir: DataDir, request: EmbeddedServersRequest, stack: StopStack): Promise<EmbeddedServers> {
  const account = requireUsableAccount(dataDir, request.needPostgres);
  const place = { dataDir: dataDir.path, runDir: await prepareRunDir(dataDir.path, account), account };
  stack.add(() => rm(place.runDir, { recursive: true, force: true }));
  const logDir = join(dataDir.path, 'log');
  await mkdir(logDir, { recursive: true, mode: 0o700 });
  const log = (message: string): void => request.log(message);
  const watchdog = new Watchdog(account, log);
  stack.add(() => watchdog.close());

  let databaseUrl: string | undefined;
  if (request.needPostgres) {
    const postgres = await EmbeddedPostgres.start({
      ...place,
      checkoutDir: request.checkoutDir,
      logFile: join(logDir, 'postgres.log'),
      watchdog,
      patienceMs: request.postgresPatienceMs,
      events: { log, onGaveUp: (message) => request.onFatal(message) },
    });
    stack.add(() => postgres.stop());
    databaseUrl = postgres.url;
  }
  let redisUrl: string | undefined;
  if (request.needRedis) {
    const redis = await EmbeddedRedis.start({
      ...place,
      searchPath: request.searchPath,
      logFile: join(logDir, 'redis.log'),
      watchdog,
      events: { log, onGaveUp: (message) => log(`${message}; going on without Redis.`) },
    });
    if (redis) stack.add(() => redis.stop());
    redisUrl = redis?.socketPath;
  }
  return {
    dataDir: dataDir.path,
    databaseUrl,
    redisUrl,
    osUser: account?.name ?? currentUserName(),
    stop: () => stack.stopAll(),
  };
}

function requireUsableAccount({ path, account, reachable }: DataDir, needPostgres: boolean): DataDir['account'] {
  if (isRoot() && !account && needPostgres) {
    throw new EmbeddedServerError(
      'Postgres does not run as root, and there is no user postgres, node or nobody to run it as: ' +
        'start Gatehouse as another user, or set DATABASE_URL.',
    );
  }
  if (account && !reachable) {
    throw new EmbeddedServerError(
      `The user ${account.name}, whom the embedded servers run as, cannot enter ${path}: ` +
        'set GATEHOUSE_DATA_DIR to a directory that everybody can reach.',
    );
  }
  return account;
}
