import { FlushTimer } from './flush-timer.js';

const EVERY_MS = 1_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A flush that goes on until it is told to end. */
function slowFlush() {
  const ends: (() => void)[] = [];
  const flush = jest.fn(() => new Promise<void>((end) => ends.push(end)));
  return { flush, end: () => ends.shift()?.() };
}

it('flushes at every interval from its start on, and not before', async () => {
  const flush = jest.fn(() => Promise.resolve());
  const timer = new FlushTimer(flush, EVERY_MS);
  await jest.advanceTimersByTimeAsync(5 * EVERY_MS);
  expect(flush).not.toHaveBeenCalled();
  timer.start();
  timer.start();
  await jest.advanceTimersByTimeAsync(3 * EVERY_MS);
  expect(flush).toHaveBeenCalledTimes(3);
  await timer.stop();
});

it('flushes one at a time, however long one takes', async () => {
  const { flush, end } = slowFlush();
  const timer = new FlushTimer(flush, EVERY_MS);
  timer.start();
  await jest.advanceTimersByTimeAsync(4 * EVERY_MS);
  expect(flush).toHaveBeenCalledTimes(1);
  end();
  await jest.advanceTimersByTimeAsync(EVERY_MS);
  expect(flush).toHaveBeenCalledTimes(2);
});

it('waits at its end for the flush that runs, and flushes a last time', async () => {
  const { flush, end } = slowFlush();
  const timer = new FlushTimer(flush, EVERY_MS);
  timer.start();
  await jest.advanceTimersByTimeAsync(EVERY_MS);
  let stopped = false;
  const stopping = timer.stop().then(() => {
    stopped = true;
  });
  await jest.advanceTimersByTimeAsync(2 * EVERY_MS);
  expect([flush.mock.calls.length, stopped]).toEqual([1, false]);
  end();
  await jest.advanceTimersByTimeAsync(0);
  expect([flush.mock.calls.length, stopped]).toEqual([2, false]);
  end();
  await stopping;
  await jest.advanceTimersByTimeAsync(5 * EVERY_MS);
  expect(flush).toHaveBeenCalledTimes(2);
});

it('flushes once at the end even if it was never started', async () => {
  const flush = jest.fn(() => Promise.resolve());
  await new FlushTimer(flush, EVERY_MS).stop();
  expect(flush).toHaveBeenCalledTimes(1);
});
