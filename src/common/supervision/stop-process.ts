import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from './process-table.js';

/** Send `signal`, then wait at most `waitMs` before the next, harder step. */
export interface StopStep {
  signal: NodeJS.Signals;
  waitMs: number;
}

const POLL_MS = 15;

/** Sends a signal; a process that is already gone is no error. Throws EPERM for somebody else's process. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Stops a process that need not be our child, step by step. True when it is down (a zombie counts as down). */
export async function stopProcess(pid: number, steps: readonly StopStep[]): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    sendSignal(pid, signal);
    const deadline = Date.now() + waitMs;
    while (isRunning(pid) && Date.now() < deadline) await sleep(POLL_MS);
    if (!isRunning(pid)) return true;
  }
  return false;
}
