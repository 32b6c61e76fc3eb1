/** Work that comes round again, one round after the other, each of which says when the next one begins. */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  /** @param round resolves with the milliseconds until the next one; must not reject */
  constructor(private readonly round: () => Promise<number>) {}

  /** Has the first round begin after so many milliseconds. Waiting for a round keeps no process alive. */
  start(delayMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.run();
    }, delayMs).unref();
  }

  /** Ends for good. Resolves when the round that runs is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    this.start(await this.round());
  }
}
