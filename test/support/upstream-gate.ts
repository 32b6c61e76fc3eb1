import { until } from './until.js';

/** Holds every answer until it is released. */
export class UpstreamGate {
  private arrived = 0;
  private open: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  /** Called by the upstream for each request. */
  pass(): Promise<void> {
    this.arrived++;
    return this.opened;
  }

  /** Resolves when this many requests have come to the gate. */
  async waiting(count: number, timeoutMs = 10_000): Promise<void> {
    await until(`${count} requests at the gate`, () => this.arrived >= count, { timeoutMs });
  }

  release(): void {
    this.open();
  }
}
