import { WaitingCalls } from './waiting-calls.js';

describe('WaitingCalls', () => {
  let now: number;
  let calls: WaitingCalls;

  beforeEach(() => {
    now = 1_000;
    calls = new WaitingCalls(() => now);
  });

  const during = (ms: number, by: number): void => {
    calls.change(by);
    now += ms;
  };

  it('is nothing while nobody waits', () => {
    now += 500;
    expect(calls.takeAverage()).toBe(0);
  });

  it('averages over time, not over calls', () => {
    during(30, 10);
    during(70, -10);
    expect(calls.takeAverage()).toBe(3);
  });

  it('begins anew each time, with those who still wait', () => {
    during(100, 8);
    expect(calls.takeAverage()).toBe(8);
    during(100, -6);
    expect(calls.takeAverage()).toBe(2);
  });

  it('says who waits now when no time has passed', () => {
    calls.change(5);
    expect(calls.takeAverage()).toBe(5);
  });
});
