import { WorkPace } from './work-pace.js';

/** An event loop that was busy for the given share of the time since it was last asked. */
const loop = (share: number) => () => ({ idle: 1 - share, active: share, utilization: share });

describe('WorkPace', () => {
  it('does not rest while the event loop has time', () => {
    expect(new WorkPace(loop(0.3)).restMs(200)).toBe(0);
  });

  it('leaves three quarters of the time to requests when the event loop is busy', () => {
    expect(new WorkPace(loop(0.9)).restMs(40)).toBe(120);
  });

  it('never rests for long, so that analysis comes forward and an exit does not wait', () => {
    expect(new WorkPace(loop(1)).restMs(60_000)).toBe(500);
  });

  it('looks at the time since the last rest only', () => {
    const shares = [0, 0.9, 0, 0.1];
    const asked: (object | undefined)[] = [];
    const pace = new WorkPace((since) => {
      asked.push(since);
      const share = shares[asked.length - 1];
      return { idle: 1 - share, active: share, utilization: share };
    });
    expect(pace.restMs(10)).toBe(30);
    expect(pace.restMs(10)).toBe(0);
    expect(asked[3]).toEqual({ idle: 1, active: 0, utilization: 0 });
  });

  it('passes on what the work throws, without a rest', async () => {
    const failure = new Error('the work failed');
    await expect(new WorkPace(loop(1)).run(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});
