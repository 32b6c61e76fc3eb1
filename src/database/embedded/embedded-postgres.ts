import { createHash } from 'node:crypto';
import { Client } from 'pg';
import type { OsAccount } from '../../common/supervision/os-account.js';
import { SupervisedProcess } from '../../common/supervision/supervised-process.js';
import type { SupervisorEvents } from '../../common/supervision/supervised-process.js';
import type { Watchdog } from '../../common/supervision/watchdog.js';
import type { StopStep } from '../../common/supervision/stop-process.js';
import { POSTGRES_STOP_STEPS, clearEarlierPostgres, readPostmasterFile } from './earlier-postgres.js';
import type { ClusterPlace } from './earlier-postgres.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { ROLE_NAME, ensureCluster } from './postgres-cluster.js';
import { startProgress, troubleOf } from './postgres-liveness.js';

export interface EmbeddedPostgresRequest {
  checkoutDir: string;
  dataDir: string;
  /** Private directory for the socket. */
  runDir: string;
  logFile: string;
  account?: OsAccount;
  watchdog: Watchdog;
  events: SupervisorEvents;
  /** For so long it may take no connection before it is started again, at first; a minute when left out. */
  patienceMs?: number;
}

const PATIENCE_MS = 60_000;
const MOST_PATIENCE_MS = 3_600_000;
/** Looks within the patience while it refuses; where nobody answers at all, each waits for a third of the patience. */
const LOOKS = 12;
/** It takes no connection, so there is nobody to be polite to: immediate shutdown, then by force. Recovery follows. */
const HANG_STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGQUIT', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/** A Postgres of our own that listens on a private socket only. */
export class EmbeddedPostgres {
  private constructor(
    private readonly process: SupervisedProcess,
    /** Works with `pg` and TypeORM; names the socket, role and database. */
    readonly url: string,
  ) {}

  /**
   * Starts it, making cluster and database at the first time.
   * @throws EmbeddedServerError when that is impossible; nothing is left running then
   */
  static async start(request: EmbeddedPostgresRequest): Promise<EmbeddedPostgres> {
    const { runDir, logFile, account, watchdog, events, patienceMs = PATIENCE_MS } = request;
    const log = (message: string): void => events.log(message);
    const { initdb, postgres } = await findPostgresBinaries({ ...request, log });
    const clusterDir = await ensureCluster({ ...request, initdb, log });
    const place = { clusterDir, runDir, clusterName: clusterNameFor(clusterDir) };
    const supervised = new SupervisedProcess(
      {
        name: 'Postgres',
        command: postgres,
        args: ['-D', clusterDir, ...settingArguments(place)],
        account,
        logFile,
        stopSteps: POSTGRES_STOP_STEPS,
        readyTimeoutMs: 600_000,
        beforeStart: () => clearEarlierPostgres(place, log),
        isReady: async (pid) => {
          const state = readPostmasterFile(clusterDir);
          return state?.pid === pid && state.ready;
        },
        progress: () => startProgress(logFile),
        liveness: {
          everyMs: patienceMs / LOOKS,
          patienceMs,
          mostPatienceMs: MOST_PATIENCE_MS,
          stopSteps: HANG_STOP_STEPS,
          findTrouble: () => troubleOf(urlFor(runDir, 'postgres'), patienceMs / 3),
        },
      },
      watchdog,
      events,
    );
    await supervised.start();
    try {
      await ensureDatabase(runDir);
    } catch (error) {
      await supervised.stop();
      throw error;
    }
    return new EmbeddedPostgres(supervised, urlFor(runDir, ROLE_NAME));
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}

/** Settings on the command line win over the cluster's files, so nobody can turn durability off by accident. */
function settingArguments({ runDir, clusterName }: ClusterPlace): string[] {
  const settings = {
    cluster_name: clusterName,
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: runDir,
    unix_socket_permissions: '0700',
    max_connections: '200',
    shared_buffers: '128MB',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Above errors: what statements and values clients sent is nobody's business in a log.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    // By these lines a long recovery is told from one that hangs.
    log_startup_progress_interval: '10s',
    logging_collector: 'off',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function clusterNameFor(clusterDir: string): string {
  return `gatehouse-${createHash('sha256').update(clusterDir).digest('hex').slice(0, 12)}`;
}

export function urlFor(runDir: string, database: string): string {
  return `postgresql://${ROLE_NAME}@${encodeURIComponent(runDir)}:5432/${database}`;
}

/** Proves that the server takes connections, and makes the database when it is missing. */
async function ensureDatabase(runDir: string): Promise<void> {
  const client = new Client({ connectionString: urlFor(runDir, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [ROLE_NAME]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${ROLE_NAME}`);
  } finally {
    await client.end();
  }
}
