import { Patience } from './patience.js';

const MINUTE = 60_000;

let patience: Patience;
let now: number;

beforeEach(() => {
  patience = new Patience(MINUTE, 10 * MINUTE);
  now = 0;
});

/** Looks every ten seconds at a server that does not answer; tells how long it took to lose patience. */
function waitInVain(progress: (now: number) => string | undefined = () => undefined): number {
  const begin = now;
  while (patience.disappoint(now, progress(now)) === undefined) now += 10_000;
  return now - begin;
}

it('is lost after a minute, then after two, four, eight and ten each time', () => {
  expect([1, 2, 3, 4, 5, 6].map(() => waitInVain() / MINUTE)).toEqual([1, 2, 4, 8, 10, 10]);
});

it('is as short as at first once the server has answered', () => {
  waitInVain();
  waitInVain();
  patience.satisfy();
  expect(waitInVain()).toBe(MINUTE);
});

it('begins anew with every answer', () => {
  for (let look = 0; look < 100; look += 1) {
    now += 50_000;
    expect(patience.disappoint(now, undefined)).toBeUndefined();
    patience.satisfy();
  }
});

it('is not lost while the server gets on, and a minute after it got stuck', () => {
  const stuckAt = 30 * MINUTE;
  expect(waitInVain((at) => String(Math.min(at, stuckAt)))).toBe(stuckAt + MINUTE);
});

it('does not count the hours that this process was asleep', () => {
  expect(patience.disappoint(now, undefined)).toBeUndefined();
  now += 5 * 60 * MINUTE;
  expect(patience.disappoint(now, undefined)).toBeUndefined();
  now += MINUTE;
  expect(patience.disappoint(now, undefined)).toBe(MINUTE);
});
