const REST_MS = 30_000;
const LONGEST_REST_MS = 5 * 60_000;

/**
 * The keys of one provider, used in turn. One that was refused or limited rests for a while. When all of them rest, the
 * one whose rest ends first is used all the same: keys that rest must not turn a hiccup into an outage.
 */
export class KeyRing {
  private readonly restsUntil = new Map<string, number>();
  private turn = 0;

  /** @param now milliseconds of a clock that never runs backwards */
  constructor(
    private readonly keys: readonly string[],
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The key for the next call; undefined when the upstream wants none. */
  next(): string | undefined {
    const inTurn = this.keys.map((_key, place) => this.keys[(this.turn + place) % this.keys.length]);
    this.turn = (this.turn + 1) % Math.max(1, this.keys.length);
    return inTurn.find((key) => this.isReady(key)) ?? inTurn.sort((a, b) => this.restOf(a) - this.restOf(b))[0];
  }

  /** @param askedMs how long the upstream wants to be left alone, if it said so */
  rest(key: string, askedMs: number | undefined): void {
    this.restsUntil.set(key, this.now() + Math.min(askedMs ?? REST_MS, LONGEST_REST_MS));
  }

  hasReadyKey(): boolean {
    return this.keys.some((key) => this.isReady(key));
  }

  private isReady(key: string): boolean {
    return this.restOf(key) <= this.now();
  }

  private restOf(key: string): number {
    return this.restsUntil.get(key) ?? 0;
  }
}
