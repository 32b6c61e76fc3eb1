import fc from 'fast-check';
import { advance } from '../../src/modules/misuse/behaviour/advance.js';
import { compareCursors } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import type { BehaviourEvent } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import { INITIAL_STATE } from '../../src/modules/misuse/behaviour/behaviour-state.js';
import { fold, heightOf } from '../../src/modules/misuse/behaviour/fold.js';
import { DAY_MS, STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import { surprise } from '../../src/modules/misuse/behaviour/surprise.js';
import { NEW_ACCOUNT, replay, takeIn } from '../../src/modules/misuse/behaviour/timeline.js';
import type { AccountRecord } from '../../src/modules/misuse/behaviour/timeline.js';
import { addDeviation, NO_DEVIATION } from '../../src/modules/misuse/deviation/deviation-score.js';
import { BEGIN, histories, promptEvent, sizes } from '../support/behaviour-histories.js';

/** Hears of events in this order, some of them again and again, in batches, as the analysis does. */
async function hear(order: readonly BehaviourEvent[], batchSizes: readonly number[]): Promise<AccountRecord> {
  const stored = new Map<string, BehaviourEvent>();
  let record = NEW_ACCOUNT;
  let [rest, turn] = [order, 0];
  while (rest.length > 0) {
    const size = batchSizes[turn++ % batchSizes.length];
    const fresh = new Map(rest.slice(0, size).flatMap((event) => (stored.has(event.id) ? [] : [[event.id, event]])));
    rest = rest.slice(size);
    for (const [id, event] of fresh) stored.set(id, event);
    const after = async (cursor: { at: number; id: string } | null) =>
      [...stored.values()].filter((event) => cursor === null || compareCursors(cursor, event) < 0);
    ({ record } = await takeIn(record, [...fresh.values()], after));
  }
  return record;
}

const shuffled = histories.chain((history) =>
  fc.record({
    history: fc.constant(history),
    order: fc.shuffledSubarray([...history, ...history.slice(0, 20)], {
      minLength: history.length + Math.min(20, history.length),
    }),
    sizes,
  }),
);

it('comes to the same state in whatever order, batches and repetitions events are heard of', async () => {
  await fc.assert(
    fc.asyncProperty(shuffled, async ({ history, order, sizes: batches }) => {
      const { record } = replay(NEW_ACCOUNT, history);
      expect((await hear(order, batches)).state).toEqual(record.state);
    }),
    { numRuns: 200 },
  );
});

it('is given by the stored events: a replay reproduces the state, through JSON too', async () => {
  await fc.assert(
    fc.asyncProperty(histories, sizes, async (history, batches) => {
      const heard = await hear([...history].sort(compareCursors), batches);
      const stored = JSON.parse(JSON.stringify(heard)) as AccountRecord;
      const arrival = replay(stored, history);
      expect(arrival.record.state).toEqual(stored.state);
      expect(arrival.transitions).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

it('does not depend on when somebody looks', () => {
  fc.assert(
    fc.property(histories, fc.array(fc.nat({ max: 20 * 24 * 60 }), { maxLength: 20 }), (history, minutes) => {
      const { state } = fold(INITIAL_STATE, [...history].sort(compareCursors));
      const looks = minutes.sort((a, b) => a - b).map((minute) => state.at + minute * 60_000);
      const end = state.at + 30 * DAY_MS;
      const looked = looks.reduce((current, at) => advance(current, at).state, state);
      const [atOnce, inSteps] = [advance(state, end).state, advance(looked, end).state];
      expect(inSteps.level).toBe(atOnce.level);
      expect(inSteps.suspicion).toBeCloseTo(atOnce.suspicion, 6);
    }),
  );
});

it('returns to normal by decay, unless a person has to look', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const { state } = fold(INITIAL_STATE, [...history].sort(compareCursors));
      const later = advance(state, state.at + 60 * DAY_MS).state;
      expect(later.level).toBe(state.heldForPerson ? 'block' : 'normal');
      expect(later.suspicion).toBeLessThan(0.01);
    }),
  );
});

it('goes up one level per prompt, and never blocks with fewer than five distinct flagged prompts', () => {
  fc.assert(
    fc.property(histories, (history) => {
      let state = INITIAL_STATE;
      for (const event of [...history].sort(compareCursors)) {
        const { state: next, transitions } = fold(state, [event]);
        for (const { from, to, signal } of transitions) {
          expect(signal === 'review' || Math.abs(heightOf(to) - heightOf(from)) === 1).toBe(true);
          if (to === 'block') {
            const texts = new Set(next.flagged.map(({ fingerprint }) => fingerprint));
            expect(texts.size).toBeGreaterThanOrEqual(STEPS.block.distinctPrompts);
          }
        }
        state = next;
      }
    }),
  );
});

describe('more evidence never lowers the score', () => {
  const withoutResets = histories.map((history) =>
    history.filter((event) => event.kind === 'prompt').sort(compareCursors),
  );
  const evidence = fc.record({
    minute: fc.integer({ min: 0, max: 10 * 24 * 60 }),
    score: fc.constantFrom(0.55, 0.75, 0.95),
  });

  it('wherever a flagged prompt of a new text comes in', () => {
    fc.assert(
      fc.property(withoutResets, evidence, (history, { minute, score }) => {
        const more = promptEvent(BEGIN + minute * 60_000, 'more', score, 'a new text');
        const end = BEGIN + 11 * DAY_MS;
        const suspicion = (events: readonly BehaviourEvent[]): number =>
          advance(fold(INITIAL_STATE, [...events].sort(compareCursors)).state, end).state.suspicion;
        expect(suspicion([...history, more])).toBeGreaterThanOrEqual(suspicion(history) - 1e-9);
      }),
    );
  });

  it('whatever flagged prompt comes last', () => {
    fc.assert(
      fc.property(withoutResets, evidence, fc.nat({ max: 40 }), (history, { score }, text) => {
        const folded = fold(INITIAL_STATE, history).state;
        // A level whose time is over is left as soon as anybody looks.
        const { state } = advance(folded, folded.at);
        const more = promptEvent(state.at, 'id-last', score, `text-${text}`);
        const after = fold(state, [more]).state;
        expect(after.suspicion).toBeGreaterThanOrEqual(state.suspicion);
        expect(heightOf(after.level)).toBeGreaterThanOrEqual(heightOf(state.level));
        expect(surprise(after.hits, after.ordinaryPrompts)).toBeGreaterThanOrEqual(
          surprise(state.hits, state.ordinaryPrompts),
        );
      }),
    );
  });
});

describe('the deviation score', () => {
  const HALF_LIFE_MS = 7 * DAY_MS;
  const costs = fc.array(
    fc.record({ hundredths: fc.integer({ min: 0, max: 180 }), at: fc.nat({ max: 90 * DAY_MS }) }),
    {
      minLength: 1,
    },
  );

  it('is the same in whatever order requests are counted', () => {
    fc.assert(
      fc.property(
        costs.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, order]) => {
          const sum = (requests: typeof list) =>
            requests.reduce((total, request) => addDeviation(total, request, HALF_LIFE_MS), NO_DEVIATION);
          expect(sum(order).at).toBe(sum(list).at);
          expect(sum(order).score).toBeCloseTo(sum(list).score, 9);
        },
      ),
    );
  });

  it('is exactly the sum of what came at once', () => {
    const twenty = Array.from({ length: 20 }, () => ({ hundredths: 100, at: BEGIN }));
    expect(twenty.reduce((total, one) => addDeviation(total, one, HALF_LIFE_MS), NO_DEVIATION).score).toBe(20);
  });
});

it('tries histories that reach every level', () => {
  const reached = new Set(
    fc.sample(histories, { numRuns: 200, seed: 1 }).flatMap((history) => {
      const { state, transitions } = fold(INITIAL_STATE, [...history].sort(compareCursors));
      return [...transitions.map(({ to, signal }) => `${to} by ${signal}`), ...(state.heldForPerson ? ['held'] : [])];
    }),
  );
  const expected = [
    'warn by suspicion',
    'throttle by suspicion',
    'block by suspicion',
    'warn by decay',
    'normal by decay',
    'held',
  ];
  expect([...reached]).toEqual(expect.arrayContaining(expected));
});
