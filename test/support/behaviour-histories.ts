import fc from 'fast-check';
import type { BehaviourEvent, PromptEvent } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import { weightOf } from '../../src/modules/misuse/behaviour/calibration.js';

export const BEGIN = Date.UTC(2026, 0, 5);
const SCORES = [0.02, 0.1, 0.3, 0.55, 0.75, 0.95, 0.99];

export const promptEvent = (
  at: number,
  id: string,
  score: number,
  text = id,
  change: Partial<PromptEvent> = {},
): PromptEvent => ({
  kind: 'prompt',
  at,
  id,
  score,
  weight: weightOf(score),
  fingerprint: text,
  shape: text,
  client: null,
  excluded: false,
  ...change,
});

/** Some days of an account: prompts of which some repeat, from several clients, with a review now and then. */
export const histories: fc.Arbitrary<BehaviourEvent[]> = fc
  .array(
    fc.record({
      minute: fc.integer({ min: 0, max: 10 * 24 * 60 }),
      score: fc.constantFrom(...SCORES, 0.02, 0.95, 0.95),
      text: fc.integer({ min: 0, max: 60 }),
      client: fc.constantFrom(null, 'a', 'b', 'c', 'd'),
      isReset: fc.integer({ min: 0, max: 100 }).map((drawn) => drawn === 50),
    }),
    { maxLength: 200, size: 'max' },
  )
  .map((drawn) =>
    drawn.map(({ minute, score, text, client, isReset }, index) => {
      const [at, id] = [BEGIN + minute * 60_000, `id-${String(index).padStart(4, '0')}`];
      if (isReset) return { kind: 'reset', at, id };
      return promptEvent(at, id, score, `text-${text}`, { client, shape: `shape-${text % 30}.band-${text >> 1}` });
    }),
  );

/** Sizes of batches. */
export const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
