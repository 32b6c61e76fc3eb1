import type { RefusedLimit } from './refused-limit.js';

/**
 * Makes few writes of many refusals: the latest one of each limit in each window, at most once in `intervalMs`. Holds a bounded
 * number of limits; past that, refusals are dropped until the next `take`.
 */
export class RefusalBuffer {
  private readonly due = new Map<string, RefusedLimit>();
  private readonly takenAtMs = new Map<string, number>();

  constructor(
    private readonly intervalMs: number,
    private readonly maxLimits: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  note(refusal: RefusedLimit): void {
    const key = keyOf(refusal);
    const takenAtMs = this.takenAtMs.get(key);
    if (takenAtMs !== undefined && this.nowMs() - takenAtMs < this.intervalMs) return;
    if (this.due.has(key) || this.due.size < this.maxLimits) this.due.set(key, refusal);
  }

  /** The refusals to write now. They count as written. */
  take(): RefusedLimit[] {
    const nowMs = this.nowMs();
    for (const [key, takenAtMs] of this.takenAtMs) {
      if (nowMs - takenAtMs >= this.intervalMs) this.takenAtMs.delete(key);
    }
    const refusals = [...this.due.values()];
    for (const key of this.due.keys()) this.takenAtMs.set(key, nowMs);
    this.due.clear();
    return refusals;
  }

  /** For refusals that could not be written after all: they are due again. */
  giveBack(refusals: readonly RefusedLimit[]): void {
    for (const refusal of refusals) {
      this.takenAtMs.delete(keyOf(refusal));
      this.note(refusal);
    }
  }
}

/** The limit's height and its window's end are in it: whoever exhausts a raised limit or a new window at once is noted again. */
function keyOf({ userId, subject, subjectId, period, measure, limit, resetsAt }: RefusedLimit): string {
  return `${userId}:${subject}:${subjectId}:${period}:${measure}:${limit}:${resetsAt?.getTime() ?? 'never'}`;
}
