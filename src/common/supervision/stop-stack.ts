/** Collects how to undo each step of a start, and undoes them once, last first. */
export class StopStack {
  private readonly steps: (() => Promise<void> | void)[] = [];
  private stopped?: Promise<void>;

  add(step: () => Promise<void> | void): void {
    this.steps.push(step);
  }

  /**
   * Runs every step, also after one that fails. A second call waits for the first.
   * @throws the first failure, after all steps
   */
  stopAll(): Promise<void> {
    this.stopped ??= this.run();
    return this.stopped;
  }

  private async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
