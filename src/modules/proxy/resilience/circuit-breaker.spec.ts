import { CircuitBreaker } from './circuit-breaker.js';

const INTERVAL_MS = 100;

describe('CircuitBreaker', () => {
  let now: number;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    now = 5_000;
    breaker = new CircuitBreaker(INTERVAL_MS, () => now);
  });

  const fail = (times: number) => Array.from({ length: times }, () => breaker.failed());

  it('opens with the fifth failure in a row, and says so once', () => {
    expect(fail(6)).toEqual([false, false, false, false, true, false]);
    expect(breaker.admits()).toBe(false);
    expect(breaker.waitMs()).toBe(INTERVAL_MS);
  });

  it('stays closed as long as a call succeeds now and then', () => {
    for (let round = 0; round < 5; round += 1) {
      fail(4);
      breaker.succeeded();
    }
    expect(breaker.admits()).toBe(true);
    expect(breaker.waitMs()).toBe(0);
  });

  it('lets one call through per interval while it is open, however many ask and whatever becomes of it', () => {
    fail(5);
    const admitted: number[] = [];
    for (const start = now; now < start + 10 * INTERVAL_MS; now += 7) {
      for (let asked = 0; asked < 3; asked += 1) if (breaker.admits()) admitted.push(now);
    }
    expect(admitted.length).toBeGreaterThan(7);
    admitted.slice(1).forEach((at, index) => expect(at - (admitted[index] ?? 0)).toBeGreaterThanOrEqual(INTERVAL_MS));
  });

  it('stays open after a failed probe and closes with a good one', () => {
    fail(5);
    now += INTERVAL_MS;
    expect(breaker.admits()).toBe(true);
    breaker.failed();
    expect(breaker.admits()).toBe(false);
    now += INTERVAL_MS;
    expect(breaker.admits()).toBe(true);
    breaker.succeeded();
    expect([breaker.admits(), breaker.admits(), breaker.isOpen]).toEqual([true, true, false]);
    expect(fail(4)).not.toContain(true);
  });
});
