import { Rounds } from './rounds.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('begins each round when the one before said, counted from its end', async () => {
  const delays = [1_000, 10, 5_000, 5_000];
  const round = jest.fn(async () => {
    await new Promise((over) => setTimeout(over, 300));
    return delays.shift() ?? 0;
  });
  const rounds = new Rounds(round);
  rounds.start(100);
  const begun: [number, number][] = [];
  for (const ms of [99, 1, 1_299, 1, 309, 1, 5_299, 1]) {
    await jest.advanceTimersByTimeAsync(ms);
    begun.push([ms, round.mock.calls.length]);
  }
  expect(begun).toEqual([
    [99, 0],
    [1, 1],
    [1_299, 1],
    [1, 2],
    [309, 2],
    [1, 3],
    [5_299, 3],
    [1, 4],
  ]);
});

it('waits at its end for the round that runs, after which there is none', async () => {
  let over: (delayMs: number) => void = () => undefined;
  const round = jest.fn(() => new Promise<number>((resolve) => (over = resolve)));
  const rounds = new Rounds(round);
  rounds.start(0);
  await jest.advanceTimersByTimeAsync(0);
  let stopped = false;
  const stopping = rounds.stop().then(() => (stopped = true));
  await jest.advanceTimersByTimeAsync(1_000);
  expect([round.mock.calls.length, stopped]).toEqual([1, false]);
  over(0);
  await stopping;
  await jest.advanceTimersByTimeAsync(1_000);
  expect(round).toHaveBeenCalledTimes(1);
});

it('does not begin when it was ended before its first round', async () => {
  const round = jest.fn(() => Promise.resolve(0));
  const rounds = new Rounds(round);
  rounds.start(100);
  await rounds.stop();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(round).not.toHaveBeenCalled();
});
