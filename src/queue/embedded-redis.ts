import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { EmbeddedServerError } from '../common/supervision/embedded-server-error.js';
import type { OsAccount } from '../common/supervision/os-account.js';
import { ensurePrivateDirectory } from '../common/supervision/owned-directory.js';
import { listProcesses } from '../common/supervision/process-table.js';
import { runAs } from '../common/supervision/run-as.js';
import { stopProcess } from '../common/supervision/stop-process.js';
import type { StopStep } from '../common/supervision/stop-process.js';
import { SupervisedProcess } from '../common/supervision/supervised-process.js';
import type { ServerProgram, SupervisorEvents } from '../common/supervision/supervised-process.js';
import type { Watchdog } from '../common/supervision/watchdog.js';

export interface EmbeddedRedisRequest {
  dataDir: string;
  /** Private directory for the socket. */
  runDir: string;
  logFile: string;
  /** `PATH`; the usual directories when absent. */
  searchPath?: string;
  account?: OsAccount;
  watchdog: Watchdog;
  events: SupervisorEvents;
}

const PROGRAMS = ['valkey-server', 'redis-server'];
const USUAL_PATH = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin'].join(
  delimiter,
);
const PING_TIMEOUT_MS = 1_000;
const STOP_STEPS: readonly [StopStep, ...StopStep[]] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/**
 * A Redis (or Valkey) of our own, on a private socket only, if this machine has one installed. It is a convenience:
 * whatever is wrong with it is logged, and the outbox is drained without it.
 */
export class EmbeddedRedis {
  private constructor(
    private readonly process: SupervisedProcess,
    readonly socketPath: string,
  ) {}

  /** Undefined when there is none on the machine, or none that starts. */
  static async start(request: EmbeddedRedisRequest): Promise<EmbeddedRedis | undefined> {
    const command = await findProgram(request);
    if (command === undefined) return undefined;
    const { dataDir, runDir, account, events } = request;
    const storeDir = join(dataDir, 'redis');
    const socketPath = join(runDir, 'redis.sock');
    const begin = async (): Promise<EmbeddedRedis> => {
      await ensurePrivateDirectory(storeDir, account);
      const supervised = supervise(request, command, storeDir, socketPath);
      await supervised.start();
      return new EmbeddedRedis(supervised, socketPath);
    };
    try {
      return await begin();
    } catch (error) {
      if (!(error instanceof EmbeddedServerError)) throw error;
      events.log(`${error.message}; trying with an empty store.`);
    }
    try {
      // Damaged, or written by a newer version. Nothing is lost with it: the outbox in Postgres is the truth.
      await rename(storeDir, `${storeDir}.unreadable-${Date.now()}`);
      return await begin();
    } catch (error) {
      if (!(error instanceof EmbeddedServerError)) throw error;
      events.log(`${error.message}; going on without Redis.`);
      return undefined;
    }
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}

function supervise(
  { account, logFile, watchdog, events }: EmbeddedRedisRequest,
  command: string,
  storeDir: string,
  socketPath: string,
): SupervisedProcess {
  const program: ServerProgram = {
    name: 'Redis',
    command,
    args: serverArguments(storeDir, socketPath),
    account,
    logFile,
    stopSteps: STOP_STEPS,
    readyTimeoutMs: 60_000,
    beforeStart: () => clearEarlierRedis(socketPath, events),
    isReady: () => answersPing(socketPath),
  };
  return new SupervisedProcess(program, watchdog, events);
}

function serverArguments(storeDir: string, socketPath: string): string[] {
  const settings = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir: storeDir,
    daemonize: 'no',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    loglevel: 'warning',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

async function findProgram({ searchPath, account, events }: EmbeddedRedisRequest): Promise<string | undefined> {
  for (const directory of (searchPath ?? USUAL_PATH).split(delimiter).filter(Boolean)) {
    for (const name of PROGRAMS) {
      const path = join(directory, name);
      if (!existsSync(path)) continue;
      const { code } = await runAs(account, path, ['--version']);
      if (code === 0) return path;
      events.log(`${path} cannot be run, so it is not used.`);
    }
  }
  return undefined;
}

/** Redis does not lock its files: a second one on the same store would ruin it. */
async function clearEarlierRedis(socketPath: string, events: SupervisorEvents): Promise<void> {
  const earlier = listProcesses().filter(
    ({ command }) => /\b(?:redis|valkey)-[a-z-]+\b/.test(command) && command.includes(socketPath),
  );
  for (const { pid } of earlier) {
    events.log(`Redis of an earlier run is still up (pid ${pid}), stopping it.`);
    if (!(await stopProcess(pid, STOP_STEPS))) {
      throw new EmbeddedServerError(`Redis of an earlier run (pid ${pid}) cannot be stopped`);
    }
  }
}

/** False while there is nobody at the socket, or the store is still being loaded. */
function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PING_TIMEOUT_MS, () => finish(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => finish(reply.toString().startsWith('+PONG')));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
