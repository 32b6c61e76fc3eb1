import { RestartBudget } from './restart-budget.js';

describe('RestartBudget', () => {
  it('doubles the pause and refuses the sixth restart within a minute', () => {
    const budget = new RestartBudget();
    const pauses = [0, 1_000, 2_000, 3_000, 59_999].map((nowMs) => budget.take(nowMs));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600]);
    expect(budget.take(59_999)).toBeUndefined();
  });

  it('forgets restarts that are a minute old', () => {
    const budget = new RestartBudget();
    for (const nowMs of [0, 1, 2, 3, 4]) budget.take(nowMs);
    expect(budget.take(60_000)).toBe(1_600);
    expect(budget.take(200_000)).toBe(100);
  });
});
