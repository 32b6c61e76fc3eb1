import { watchParent } from './common/supervision/parent-watch.js';
import { startedByNpm } from './config/read-environment.js';

/** One drain and one exit, however often and by whom the process is asked to stop. */
export class GracefulExit {
  private readonly steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;

  constructor() {
    process.on('SIGINT', () => void this.because());
    process.on('SIGTERM', () => void this.because());
    watchParent(startedByNpm(), () => void this.because());
  }

  get begun(): boolean {
    return this.running !== undefined;
  }

  /** Steps run in reverse order: what started last stops first. */
  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  run(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  /** Ends the process: with code 1 and a line when there is a fatal reason, else with 0. */
  async because(fatalReason?: string): Promise<void> {
    if (fatalReason !== undefined) process.stderr.write(`${fatalReason}\n`);
    try {
      await this.run();
    } finally {
      process.exit(fatalReason === undefined ? 0 : 1);
    }
  }

  private async runSteps(): Promise<void> {
    for (const step of this.steps.reverse()) await step();
  }
}
