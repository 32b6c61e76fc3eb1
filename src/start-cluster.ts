import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_REDIS } from './config/config.js';
import type { Config } from './config/config.js';
import type { GracefulExit } from './graceful-exit.js';

const RESTART_DELAY_MS = 1_000;

/** Those that serve. */
const workersUp = new WeakSet<Worker>();

/**
 * `WEB_CONCURRENCY` processes on one port. The primary keeps the embedded servers and replaces a process that dies; it
 * serves nothing itself. The first process opens the shop alone, so that first-start work is done and told once.
 */
export async function startCluster(processes: number, config: Config, exit: GracefulExit): Promise<void> {
  const settings = {
    DATABASE_URL: config.database.url,
    REDIS_URL: config.redis.url ?? NO_REDIS,
    JWT_SECRET_KEY: config.auth.jwtSecret,
    HOST: config.server.host,
  };
  exit.add(stopWorkers);
  if (config.gateway.source.file !== undefined) process.on('SIGHUP', reloadWorkers);
  cluster.on('listening', (worker) => workersUp.add(worker));
  cluster.on('exit', (worker, code, signal) => {
    if (exit.begun || worker.exitedAfterDisconnect) return;
    process.stderr.write(`Process ${worker.process.pid} ended (${signal ?? code}); starting another.\n`);
    void sleep(RESTART_DELAY_MS).then(() => (exit.begun ? undefined : cluster.fork(settings)));
  });
  await listening(cluster.fork(settings));
  for (let started = 1; started < processes; started += 1) cluster.fork(settings);
}

/** @throws when the process ends before it listens: its own output says why */
async function listening(worker: Worker): Promise<void> {
  const failed = once(worker, 'exit').then(() => {
    throw new Error('the first process of the cluster did not start');
  });
  await Promise.race([once(worker, 'listening'), failed]);
}

async function stopWorkers(): Promise<void> {
  const workers = runningWorkers();
  await Promise.all(
    workers.map(async (worker) => {
      const ended = once(worker, 'exit');
      worker.process.kill('SIGTERM');
      await ended;
    }),
  );
}

/** Each of them reads the configuration file itself: one that is still starting, once it is up and the signal is heard. */
function reloadWorkers(): void {
  for (const worker of runningWorkers()) {
    const reload = (): void => void worker.process.kill('SIGHUP');
    if (workersUp.has(worker)) reload();
    else worker.once('listening', reload);
  }
}

function runningWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}
