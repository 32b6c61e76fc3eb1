import { setTimeout as sleep } from 'node:timers/promises';
import type { WaitingCalls } from '../database/waiting-calls.js';

/** Up to so many calls may wait for the database, on average, before background work holds back; */
const CALLS_AT_EASE = 16;
/** from so many on it rests as long as it may: three times as long as it worked. */
const CALLS_PRESSED = 32;
const MOST_REST_PER_WORK = 3;
/** Graceful exits wait for it. */
const LONGEST_REST_MS = 500;

/** Makes background work in the process of the requests give way to them, without ever standing still. */
export class WorkPace {
  constructor(private readonly calls: Pick<WaitingCalls, 'takeAverage'>) {}

  /** How long to rest after work that took `workedMs`, by how many calls waited meanwhile. */
  restMs(workedMs: number): number {
    const pressure = (this.calls.takeAverage() - CALLS_AT_EASE) / (CALLS_PRESSED - CALLS_AT_EASE);
    const restPerWork = MOST_REST_PER_WORK * Math.min(1, Math.max(0, pressure));
    return Math.min(LONGEST_REST_MS, workedMs * restPerWork);
  }

  /** Runs the work, and rests after it when it has to. */
  async run(work: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await work();
    const restMs = this.restMs(performance.now() - startedAt);
    if (restMs > 0) await sleep(restMs);
  }
}
