/** What one look at a server counts at most: this process may have been asleep in between. */
const LONGEST_STEP = 0.5;
const GROWTH = 2;

/**
 * How long a server that runs may be of no use before it is started again. Twice as long after each time that this did not
 * help, so that whatever it is busy with gets done in the end. Pure: the caller tells the time.
 */
export class Patience {
  private limitMs: number;
  private waitedMs = 0;
  private lookedAtMs: number | undefined;
  private progress: string | undefined;

  /** @param mostMs it never grows beyond this */
  constructor(
    private readonly firstMs: number,
    private readonly mostMs: number,
  ) {
    this.limitMs = firstMs;
  }

  /** The server answers. */
  satisfy(): void {
    this.limitMs = this.firstMs;
    this.begin();
  }

  /**
   * The server does not answer. `progress` is different from last time if it got on with something all the same.
   * Answers for how many ms it has been of no use once that is too long; waiting then begins anew, with more patience.
   */
  disappoint(nowMs: number, progress: string | undefined): number | undefined {
    if (progress !== this.progress) this.waitedMs = 0;
    else if (this.lookedAtMs !== undefined) {
      this.waitedMs += Math.min(nowMs - this.lookedAtMs, this.firstMs * LONGEST_STEP);
    }
    this.progress = progress;
    this.lookedAtMs = nowMs;
    const { waitedMs } = this;
    if (waitedMs < this.limitMs) return undefined;
    this.limitMs = Math.min(this.limitMs * GROWTH, this.mostMs);
    this.begin();
    return waitedMs;
  }

  private begin(): void {
    this.waitedMs = 0;
    this.lookedAtMs = undefined;
    this.progress = undefined;
  }
}
