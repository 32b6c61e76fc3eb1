import type { WaitingCalls } from './waiting-calls.js';

/** One item on its way through a batch. */
interface Entry<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface MicroBatcherOptions {
  /** Batches in flight at once. */
  readonly lanes: number;
  readonly largestBatch: number;
  /** Is told of each item from its arrival to its result. */
  readonly waitingCalls?: Pick<WaitingCalls, 'change'>;
}

/** With fewer items than this it is cheaper to wait for the batch under way than to send another one beside it, */
const WORTH_A_LANE = 32;
/** but no longer than this: it may be waiting for a lock. */
const PATIENCE_MS = 5;

/**
 * Sends what arrives together in one statement. Nothing is delayed when idle: a lone item leaves at once, and what
 * arrives while a batch is under way forms the next one.
 */
export class MicroBatcher<Item, Result> {
  private waiting: Entry<Item, Result>[] = [];
  private busyLanes = 0;
  private patience: NodeJS.Timeout | undefined;

  constructor(
    /** Answers in the order of the items. */
    private readonly flush: (items: Item[]) => Promise<Result[]>,
    private readonly options: MicroBatcherOptions,
  ) {}

  /** Items that no statement carries yet. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  submit(item: Item): Promise<Result> {
    this.options.waitingCalls?.change(1);
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.busyLanes === 0 || this.waiting.length >= WORTH_A_LANE) this.startLane();
      else this.patience ??= setTimeout(() => this.losePatience(), PATIENCE_MS);
    });
  }

  /** Takes an item back that no statement carries yet. False when it is on its way or done. */
  withdraw(item: Item): boolean {
    const index = this.waiting.findIndex((entry) => entry.item === item);
    if (index === -1) return false;
    this.waiting.splice(index, 1);
    this.options.waitingCalls?.change(-1);
    return true;
  }

  private losePatience(): void {
    this.patience = undefined;
    if (this.waiting.length > 0) this.startLane();
  }

  private startLane(): void {
    if (this.busyLanes >= this.options.lanes) return;
    this.busyLanes += 1;
    // Items that arrive in this turn of the event loop travel together.
    setImmediate(() => void this.drain());
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.options.largestBatch);
      try {
        const results = await this.flush(batch.map((entry) => entry.item));
        batch.forEach((entry, index) => entry.resolve(results[index]));
      } catch (error) {
        batch.forEach((entry) => entry.reject(error));
      }
      this.options.waitingCalls?.change(-batch.length);
    }
    this.busyLanes -= 1;
  }
}
