import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './cleanup.mjs';
import { pinned } from './cores.mjs';

const STOP_WITHIN_MS = 20_000;
const LOG_TAIL_CHARS = 3_000;

/** A process of the bench with its output in a file. It is stopped at the end at the latest. */
export class Child {
  /**
   * @param {{name: string, command?: string, args: string[], env?: object, cwd?: string, cores?: string, logFile: string,
   *   ipc?: boolean}} options Node by default; `ipc` gives it a channel for messages
   */
  constructor({ name, command = process.execPath, args, env = process.env, cwd, cores, logFile, ipc = false }) {
    this.name = name;
    this.logFile = logFile;
    const log = openSync(logFile, 'a');
    const [program, programArgs] = pinned(cores, command, args);
    const stdio = ['ignore', log, log, ...(ipc ? ['ipc'] : [])];
    // A process group of its own: Ctrl-C in a terminal reaches us alone, and we stop things in order.
    this.child = spawn(program, programArgs, { cwd, env, stdio, detached: true });
    closeSync(log);
    this.child.once('error', (error) => (this.startError = error));
    atEnd(() => this.stop());
  }

  get pid() {
    return this.child.pid;
  }

  get running() {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Keeps the process from running, so that it takes nothing from the one that is measured. */
  pause() {
    this.signal('SIGSTOP');
  }

  resume() {
    this.signal('SIGCONT');
  }

  signal(name) {
    if (this.running) this.child.kill(name);
  }

  /** SIGTERM, and SIGKILL if that does not help. */
  async stop() {
    if (!this.running) return;
    const ended = once(this.child, 'exit');
    this.resume();
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }

  output() {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Polls until `isReady` answers true. @throws when the process ends first or the time is over, with its last output */
  async untilReady(isReady, timeoutMs = 60_000, intervalMs = 100) {
    const deadline = Date.now() + timeoutMs;
    while (!(await isReady())) {
      if (this.startError !== undefined) throw this.startError;
      if (!this.running) throw new Error(`${this.name} ended:\n${this.output().slice(-LOG_TAIL_CHARS)}`);
      if (Date.now() > deadline) throw new Error(`${this.name} is not ready:\n${this.output().slice(-LOG_TAIL_CHARS)}`);
      await sleep(intervalMs);
    }
  }
}

/** A port that nobody listens on right now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a request to the URL is answered with 200. */
export async function answers(url, init = {}) {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch (error) {
    // Nobody listens yet, or it is still too busy starting to answer.
    if (error instanceof TypeError || error.name === 'TimeoutError') return false;
    throw error;
  }
}
