/** Something that must not outlive the spec file that started it. */
export interface Disposable {
  /** Ends it, gently if that is quick; does nothing when it has ended. */
  dispose(): Promise<void>;
  /** Ends it at once, without waiting. */
  killNow(): void;
}

const alive = new Set<Disposable>();

export function remember(thing: Disposable): void {
  alive.add(thing);
}

export function forget(thing: Disposable): void {
  alive.delete(thing);
}

/** Ends what is left, the latest first. */
async function disposeLeftovers(): Promise<void> {
  for (const thing of [...alive].reverse()) await thing.dispose();
}

process.once('exit', () => alive.forEach((thing) => thing.killNow()));
// Absent when the file is loaded by Jest's global setup rather than by a spec.
if (typeof afterAll === 'function') afterAll(disposeLeftovers, 30_000);
