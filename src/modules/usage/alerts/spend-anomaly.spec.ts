import { spendAnomaly } from './spend-anomaly.js';

const USD = 1_000_000_000;
const days = (...usd: number[]) => usd.map((cost) => cost * USD);
const steady = days(...Array<number>(14).fill(4));

it('leaves an ordinary day alone, and a somewhat dearer one', () => {
  const judge = (usd: number) => spendAnomaly({ todayNanoUsd: usd * USD, pastNanoUsd: steady, floorNanoUsd: USD });
  expect([judge(0), judge(4), judge(6.9)]).toEqual([null, null, null]);
  expect(judge(7.1)).toEqual({
    todayNanoUsd: 7.1 * USD,
    meanNanoUsd: 4 * USD,
    spreadNanoUsd: USD,
    unusualAboveNanoUsd: 7 * USD,
  });
});

it('allows more to those whose days differ', () => {
  const pastNanoUsd = days(0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8);
  const judge = (usd: number) => spendAnomaly({ todayNanoUsd: usd * USD, pastNanoUsd, floorNanoUsd: USD });
  expect(judge(15.9)).toBeNull();
  expect(judge(16.1)).toMatchObject({ meanNanoUsd: 4 * USD, spreadNanoUsd: 4 * USD });
});

it('calls nothing below the floor unusual, and everything above it for somebody without a past', () => {
  const judge = (usd: number, pastNanoUsd: number[]) =>
    spendAnomaly({ todayNanoUsd: usd * USD, pastNanoUsd, floorNanoUsd: USD });
  expect(judge(0.9, days(0.01))).toBeNull();
  expect(judge(0.9, [])).toBeNull();
  expect(judge(1.1, [])).toMatchObject({ unusualAboveNanoUsd: USD, meanNanoUsd: 0 });
});

it('counts days without any spending', () => {
  expect(spendAnomaly({ todayNanoUsd: 20 * USD, pastNanoUsd: days(14), floorNanoUsd: 0 })).toMatchObject({
    meanNanoUsd: USD,
  });
  expect(spendAnomaly({ todayNanoUsd: 20 * USD, pastNanoUsd: days(14), floorNanoUsd: 0 })).toEqual(
    spendAnomaly({ todayNanoUsd: 20 * USD, pastNanoUsd: days(14, ...Array<number>(13).fill(0)), floorNanoUsd: 0 }),
  );
});
