import { retryDelaySeconds } from './retry-delay.js';

it('waits longer each time, over many hours, and gives up in the end', () => {
  const delays: number[] = [];
  for (let attempts = 1; ; attempts += 1) {
    const delay = retryDelaySeconds(attempts, 0);
    if (delay === null) break;
    delays.push(delay);
  }
  expect(delays).toEqual([...delays].sort((a, b) => a - b));
  const hours = delays.reduce((sum, delay) => sum + delay, 0) / 3_600;
  expect(hours).toBeGreaterThan(12);
  expect(hours).toBeLessThan(24);
});

it('spreads retries by a fifth at most', () => {
  expect(retryDelaySeconds(1, 1)).toBeCloseTo(12);
});
