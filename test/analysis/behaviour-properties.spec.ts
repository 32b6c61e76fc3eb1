import fc from 'fast-check';
import { advance } from '../../src/modules/misuse/behaviour/advance.js';
import { compareCursors } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import type { BehaviourEvent, PromptEvent } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import { INITIAL_STATE } from '../../src/modules/misuse/behaviour/behaviour-state.js';
import { weightOf } from '../../src/modules/misuse/behaviour/calibration.js';
import { distinctFlagged, fold, heightOf } from '../../src/modules/misuse/behaviour/fold.js';
import { DAY_MS, STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import { surprise } from '../../src/modules/misuse/behaviour/surprise.js';
import { NEW_ACCOUNT, replay, takeIn } from '../../src/modules/misuse/behaviour/timeline.js';
import type { AccountRecord } from '../../src/modules/misuse/behaviour/timeline.js';
import type { Outcome } from '../../src/modules/misuse/second-stage/opinion.js';
import { weightWith } from '../../src/modules/misuse/second-stage/weigh-opinion.js';
import { addDeviation, NO_DEVIATION } from '../../src/modules/misuse/deviation/deviation-score.js';

const BEGIN = Date.UTC(2026, 0, 5);
const SCORES = [0.02, 0.1, 0.3, 0.55, 0.75, 0.95, 0.99];

const promptEvent = (
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
const histories: fc.Arbitrary<BehaviourEvent[]> = fc
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
      return promptEvent(at, id, score, `text-${text}`, { client, shape: `shape-${text % 30}` });
    }),
  );

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

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
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

describe('second opinions', () => {
  const local = histories.map((history) => [...history].sort(compareCursors));
  const outcomes = fc.infiniteStream(fc.constantFrom<Outcome | null>('confirms', 'unsure', 'clears', null, null));

  const isFlagged = (event: BehaviourEvent): event is PromptEvent => event.kind === 'prompt' && event.score >= 0.5;
  const weighed = (event: BehaviourEvent, outcome: Outcome | null): BehaviourEvent =>
    outcome === null || !isFlagged(event)
      ? event
      : { ...event, weight: weightWith(outcome, event.weight), isCleared: outcome === 'clears' };

  it('lead to the same state whenever and in whatever order they come, be it among other prompts', async () => {
    const scenes = local.chain((history) =>
      fc.record({ history: fc.constant(history), order: fc.shuffledSubarray(history), outcomes, gaps: sizes }),
    );
    await fc.assert(
      fc.asyncProperty(scenes, async ({ history, order, outcomes: stream, gaps }) => {
        const opinions = new Map(order.map((event) => [event.id, weighed(event, stream.next().value)]));
        const stored = new Map<string, BehaviourEvent>();
        const after = async (cursor: { at: number; id: string } | null) =>
          [...stored.values()].filter((event) => cursor === null || compareCursors(cursor, event) < 0);
        let record = NEW_ACCOUNT;
        const hearOf = async (event: BehaviourEvent) => {
          stored.set(event.id, event);
          ({ record } = await takeIn(record, [event], after));
        };
        const waiting: BehaviourEvent[] = [];
        for (const [turn, event] of history.entries()) {
          await hearOf(event);
          const opinion = opinions.get(event.id);
          if (opinion !== undefined) waiting.push(opinion);
          if (turn % gaps[turn % gaps.length] === 0) for (const late of waiting.splice(0)) await hearOf(late);
        }
        for (const late of waiting.reverse()) await hearOf(late);
        const expected = history.map((event) => opinions.get(event.id) ?? event);
        expect(record.state).toEqual(replay(NEW_ACCOUNT, expected).record.state);
      }),
      { numRuns: 100 },
    );
  });

  it('never make less of a prompt by confirming it, nor more by clearing it', () => {
    fc.assert(
      fc.property(local, fc.nat(), (history, pick) => {
        const flagged = history.filter(isFlagged);
        fc.pre(flagged.length > 0);
        const chosen = flagged[pick % flagged.length];
        const suspicion = (outcome: Outcome | null): number => {
          const events = history.map((event) => (event === chosen ? weighed(event, outcome) : event));
          return fold(INITIAL_STATE, events).state.suspicion;
        };
        expect(suspicion('confirms')).toBeGreaterThanOrEqual(suspicion(null) - 1e-9);
        expect(suspicion('unsure')).toBe(suspicion(null));
        expect(suspicion('clears')).toBeLessThanOrEqual(suspicion(null) + 1e-9);
      }),
    );
  });

  it('leave no block without five distinct flagged prompts that were not cleared', () => {
    fc.assert(
      fc.property(local, outcomes, (history, stream) => {
        let state = INITIAL_STATE;
        for (const event of history) {
          const { state: next, transitions } = fold(state, [weighed(event, stream.next().value)]);
          if (transitions.some(({ to, signal }) => to === 'block' && signal === 'suspicion')) {
            expect(distinctFlagged(next, event.at)).toBeGreaterThanOrEqual(STEPS.block.distinctPrompts);
          }
          state = next;
        }
      }),
    );
  });

  it('do not bring back a level that time has lifted', async () => {
    const attacks = Array.from({ length: 20 }, (_, index) =>
      promptEvent(BEGIN + index * 60_000, `id-${10 + index}`, 0.95),
    );
    const { record } = replay(NEW_ACCOUNT, attacks);
    expect(record.state.level).toBe('block');
    const later = advance(record.state, BEGIN + 30 * DAY_MS).state;
    const heard = await takeIn({ ...record, state: later }, [attacks[0]], async () => attacks);
    expect([later.level, heard.record.state.level, heard.transitions]).toEqual(['normal', 'normal', []]);
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
