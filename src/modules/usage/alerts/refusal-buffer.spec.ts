import { RefusalBuffer } from './refusal-buffer.js';
import type { RefusedLimit } from './refused-limit.js';

const refusal = (userId: number, used = 97, limit = 100): RefusedLimit => ({
  userId,
  subject: 1,
  subjectId: 0,
  period: 1,
  measure: 'tokens',
  limit,
  used,
  resetsAt: new Date(3_600_000),
  refusedAt: new Date(0),
});

let now: number;
let buffer: RefusalBuffer;

beforeEach(() => {
  now = 1_000;
  buffer = new RefusalBuffer(60_000, 3, () => now);
});

it('hands out the latest refusal of each limit once a minute, however many there are', () => {
  for (let used = 90; used < 98; used += 1) buffer.note(refusal(1, used));
  buffer.note(refusal(2));
  expect(buffer.take()).toEqual([refusal(1, 97), refusal(2)]);
  buffer.note(refusal(1));
  expect(buffer.take()).toEqual([]);
  now += 60_000;
  buffer.note(refusal(1, 99));
  expect(buffer.take()).toEqual([refusal(1, 99)]);
});

it('takes a limit that was raised for another one', () => {
  buffer.note(refusal(1));
  buffer.take();
  buffer.note(refusal(1, 118, 120));
  expect(buffer.take()).toEqual([refusal(1, 118, 120)]);
});

it('takes the next window of a limit for another one', () => {
  const next = { ...refusal(1), resetsAt: new Date(7_200_000) };
  buffer.note(refusal(1));
  buffer.note(next);
  expect(buffer.take()).toEqual([refusal(1), next]);
});

it('holds a bounded number of limits, and has room again after each take', () => {
  for (let user = 1; user <= 5; user += 1) buffer.note(refusal(user));
  expect(buffer.take().map(({ userId }) => userId)).toEqual([1, 2, 3]);
  buffer.note(refusal(4));
  expect(buffer.take().map(({ userId }) => userId)).toEqual([4]);
});

it('keeps what could not be written for the next time', () => {
  buffer.note(refusal(1));
  buffer.giveBack(buffer.take());
  expect(buffer.take()).toEqual([refusal(1)]);
});
