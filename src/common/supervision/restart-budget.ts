const FIRST_DELAY_MS = 100;

/** How often, and after which pause, a crashed server may be started again. Pure: the caller tells the time. */
export class RestartBudget {
  private restartsAtMs: number[] = [];

  constructor(
    private readonly maxRestarts = 5,
    private readonly windowMs = 60_000,
  ) {}

  /** Takes one restart at `nowMs`. Answers the pause before it in ms (doubling), or undefined when the budget is spent. */
  take(nowMs: number): number | undefined {
    this.restartsAtMs = this.restartsAtMs.filter((at) => nowMs - at < this.windowMs);
    if (this.restartsAtMs.length >= this.maxRestarts) return undefined;
    this.restartsAtMs.push(nowMs);
    return FIRST_DELAY_MS * 2 ** (this.restartsAtMs.length - 1);
  }
}
