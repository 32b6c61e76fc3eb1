import { deviationDelta } from './deviation-delta.js';
import type { RequestHistory, ScoredRequest } from './deviation-delta.js';
import { addDeviation, deviationAt, NO_DEVIATION } from './deviation-score.js';

const QUIET: RequestHistory = { intentsInHour: [], requestsInTenMinutes: 0 };
const HALF_LIFE_MS = 7 * 24 * 3_600_000;

const points = (request: Partial<ScoredRequest>, history: Partial<RequestHistory> = {}): number =>
  deviationDelta(
    { allowedIntents: ['coding'], guardIntent: 'coding', confidence: 0.9, ...request },
    { ...QUIET, ...history },
  ).hundredths / 100;

describe("Guardflow's worked examples", () => {
  it.each([
    ['coding', 0.9, 0],
    ['research', 0.9, 0.3],
    ['off_topic', 0.9, 1],
    ['off_topic', 0.2, 1.1],
    ['coding', 0.2, 0.1],
  ])('%s with confidence %d costs %d', (guardIntent, confidence, expected) => {
    expect(points({ guardIntent, confidence })).toBe(expected);
  });

  it('two off-topic requests reach the threshold of 2.0', () => {
    const after = [1_000, 2_000].reduce(
      (total, at) => addDeviation(total, { hundredths: 100, at }, HALF_LIFE_MS),
      NO_DEVIATION,
    );
    expect(deviationAt(after, 2_000, HALF_LIFE_MS)).toBe(2);
  });

  it('three intents among the last requests, then coding, cost 0.5', () => {
    expect(points({}, { intentsInHour: ['coding', 'testing', 'research'] })).toBe(0.5);
    expect(points({}, { intentsInHour: ['coding', 'testing'] })).toBe(0);
    expect(points({}, { intentsInHour: ['coding', 'coding', 'coding', 'coding', 'testing', 'research'] })).toBe(0);
  });

  it('20 requests in ten minutes cost nothing, 21 cost 0.2', () => {
    expect(points({}, { requestsInTenMinutes: 20 })).toBe(0);
    expect(points({}, { requestsInTenMinutes: 21 })).toBe(0.2);
  });

  it('a task without a list allows everything, off-topic too', () => {
    expect(points({ allowedIntents: [], guardIntent: 'off_topic' })).toBe(0);
  });

  it('costs at most 1.8, so that one request alone never blocks', () => {
    const worst = { intentsInHour: ['coding', 'testing', 'research'], requestsInTenMinutes: 100 };
    expect(points({ guardIntent: 'off_topic', confidence: 0 }, worst)).toBe(1.8);
  });
});

describe('where it is fairer than Guardflow', () => {
  it('an unknown intent costs nothing, however often it comes', () => {
    expect(points({ guardIntent: 'unknown', confidence: 0 })).toBe(0);
    expect(points({}, { intentsInHour: ['unknown', 'coding', 'testing'] })).toBe(0);
  });

  it('the score halves with every half-life', () => {
    const once = addDeviation(NO_DEVIATION, { hundredths: 160, at: 0 }, HALF_LIFE_MS);
    expect(deviationAt(once, HALF_LIFE_MS, HALF_LIFE_MS)).toBe(0.8);
    expect(deviationAt(once, 20 * HALF_LIFE_MS, HALF_LIFE_MS)).toBe(0);
  });

  it('says whether the request itself was outside of its task', () => {
    const burst = { intentsInHour: ['coding', 'testing', 'research'], requestsInTenMinutes: 100 };
    const inTask = { allowedIntents: ['coding'], guardIntent: 'coding', confidence: 0.9 };
    expect(deviationDelta(inTask, burst)).toEqual({ hundredths: 70, isOffTask: false });
    expect(deviationDelta({ ...inTask, guardIntent: 'research' }, QUIET).isOffTask).toBe(true);
  });
});
