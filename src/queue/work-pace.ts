import { setTimeout as sleep } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import type { EventLoopUtilization } from 'node:perf_hooks';

/** From this share of its time on, the event loop has requests to answer, and background work holds back. */
const BUSY_FROM = 0.5;
/** Then work gets this part of the time: 1 of 4. */
const REST_PER_WORK = 3;
/** Graceful exits wait for it. */
const LONGEST_REST_MS = 500;

/** Makes background work in the process of the requests give way to them, without ever standing still. */
export class WorkPace {
  private last: EventLoopUtilization;

  constructor(
    /** Of the time since `since`, how much the event loop worked. */
    private readonly utilization: (since?: EventLoopUtilization) => EventLoopUtilization = (since) =>
      since === undefined ? performance.eventLoopUtilization() : performance.eventLoopUtilization(since),
  ) {
    this.last = utilization();
  }

  /** How long to rest after work that took `workedMs`: not at all while the event loop has time. */
  restMs(workedMs: number): number {
    const share = this.utilization(this.last).utilization;
    this.last = this.utilization();
    return share < BUSY_FROM ? 0 : Math.min(LONGEST_REST_MS, workedMs * REST_PER_WORK);
  }

  /** Runs the work, and rests after it when it has to. */
  async run(work: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await work();
    const restMs = this.restMs(performance.now() - startedAt);
    if (restMs > 0) await sleep(restMs);
  }
}
