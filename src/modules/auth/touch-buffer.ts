/**
 * Remembers which ids were seen, so that many sightings become few writes: an id is due at most once in `intervalMs`.
 * Holds a bounded number of ids; past that, sightings are dropped until the next `take`.
 */
export class TouchBuffer {
  private readonly due = new Set<number>();
  private readonly writtenAtMs = new Map<number, number>();

  constructor(
    private readonly intervalMs: number,
    private readonly maxIds: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  note(id: number): void {
    const writtenAtMs = this.writtenAtMs.get(id);
    const isDue = writtenAtMs === undefined || this.nowMs() - writtenAtMs >= this.intervalMs;
    if (isDue && this.due.size < this.maxIds) {
      this.due.add(id);
    }
  }

  /** The ids to write now. They count as written. */
  take(): number[] {
    const nowMs = this.nowMs();
    for (const [id, writtenAtMs] of this.writtenAtMs) {
      if (nowMs - writtenAtMs >= this.intervalMs) {
        this.writtenAtMs.delete(id);
      }
    }
    const ids = [...this.due];
    this.due.clear();
    for (const id of ids) {
      this.writtenAtMs.set(id, nowMs);
    }
    return ids;
  }

  /** For ids that could not be written after all: they are due again. */
  giveBack(ids: readonly number[]): void {
    for (const id of ids) {
      this.writtenAtMs.delete(id);
      this.note(id);
    }
  }
}
