/** Writes what was gathered in memory every now and then, one write at a time, and what is left once more at the end. */
export class FlushTimer {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /** @param flush must not reject: what it could not write, it keeps for the next time */
  constructor(
    private readonly flush: () => Promise<void>,
    private readonly everyMs: number,
  ) {}

  /** Begins. The timer keeps no process alive. */
  start(): void {
    this.timer ??= setInterval(() => this.tick(), this.everyMs).unref();
  }

  /** Ends. Resolves when nothing is being written any more, with one last flush after that. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    await this.flush();
  }

  /** A flush that takes longer than the interval is not joined by another one. */
  private tick(): void {
    this.running ??= this.flush().finally(() => {
      this.running = undefined;
    });
  }
}
