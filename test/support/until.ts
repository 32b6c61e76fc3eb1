import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  timeoutMs?: number;
  intervalMs?: number;
}

/** Asks again and again until the answer is truthy, and returns it; throws, naming `what`, after `timeoutMs` (30 s). */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeoutMs = 30_000, intervalMs = 10 }: UntilOptions = {},
): Promise<Exclude<NonNullable<T>, false>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<NonNullable<T>, false>;
    if (Date.now() >= deadline) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(intervalMs);
  }
}
