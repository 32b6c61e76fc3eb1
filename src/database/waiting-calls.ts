/** How many calls wait for Postgres to admit or settle them, on average: the measure of how pressed the request path is. */
export class WaitingCalls {
  private waiting = 0;
  private changedAtMs: number;
  private beganAtMs: number;
  /** Calls × milliseconds since the average was last taken. */
  private callMs = 0;

  constructor(
    /** A clock that never jumps, in milliseconds. */
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.beganAtMs = this.changedAtMs = nowMs();
  }

  /** So many more wait; fewer, when it is negative. */
  change(by: number): void {
    const now = this.nowMs();
    this.callMs += this.waiting * (now - this.changedAtMs);
    this.changedAtMs = now;
    this.waiting += by;
  }

  /** The average since it was last taken. */
  takeAverage(): number {
    this.change(0);
    const ms = this.changedAtMs - this.beganAtMs;
    const average = ms > 0 ? this.callMs / ms : this.waiting;
    this.beganAtMs = this.changedAtMs;
    this.callMs = 0;
    return average;
  }
}
