import { WorkPace } from './work-pace.js';

const waiting = (...averages: number[]) => ({ takeAverage: () => averages.shift() ?? 0 });

describe('WorkPace', () => {
  it('does not rest while few calls wait', () => {
    expect(new WorkPace(waiting(16)).restMs(200)).toBe(0);
  });

  it('rests the longer, the more calls wait', () => {
    const pace = new WorkPace(waiting(20, 24, 32, 0));
    expect([40, 40, 40, 40].map((ms) => pace.restMs(ms))).toEqual([30, 60, 120, 0]);
  });

  it('never takes less than a quarter of the time, so that the analysis comes forward', () => {
    expect(new WorkPace(waiting(10_000)).restMs(40)).toBe(120);
  });

  it('never rests for long at once: an exit waits for it', () => {
    expect(new WorkPace(waiting(64)).restMs(60_000)).toBe(500);
  });

  it('passes on what the work throws, without a rest', async () => {
    const failure = new Error('the work failed');
    await expect(new WorkPace(waiting(64)).run(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});
