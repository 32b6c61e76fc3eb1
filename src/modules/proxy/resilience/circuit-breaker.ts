/** Failed attempts in a row that open a breaker. */
const FAILURES_TO_OPEN = 5;

/**
 * Keeps calls away from a target that fails again and again. Open, it lets one call through per probe interval; the
 * first that succeeds closes it. A probe that never tells how it went needs no clean-up: the next one is due in time.
 */
export class CircuitBreaker {
  private failuresInARow = 0;
  /** Null: closed. */
  private nextProbeAt: number | null = null;

  /** @param now milliseconds of a clock that never runs backwards */
  constructor(
    private readonly probeIntervalMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isOpen(): boolean {
    return this.nextProbeAt !== null;
  }

  /** Asks for leave to try the target once; a yes while the breaker is open uses up the interval's probe. */
  admits(): boolean {
    if (this.nextProbeAt === null) return true;
    if (this.now() < this.nextProbeAt) return false;
    this.nextProbeAt = this.now() + this.probeIntervalMs;
    return true;
  }

  /** Milliseconds until the next probe may go; 0 when a call may go now. */
  waitMs(): number {
    return this.nextProbeAt === null ? 0 : Math.max(0, this.nextProbeAt - this.now());
  }

  succeeded(): void {
    this.failuresInARow = 0;
    this.nextProbeAt = null;
  }

  /** @returns whether this failure opened the breaker */
  failed(): boolean {
    this.failuresInARow += 1;
    if (this.isOpen || this.failuresInARow < FAILURES_TO_OPEN) return false;
    this.nextProbeAt = this.now() + this.probeIntervalMs;
    return true;
  }
}
