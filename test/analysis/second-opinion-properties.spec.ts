import fc from 'fast-check';
import { advance } from '../../src/modules/misuse/behaviour/advance.js';
import { compareCursors } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import type { BehaviourEvent, PromptEvent } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import { INITIAL_STATE } from '../../src/modules/misuse/behaviour/behaviour-state.js';
import { distinctFlagged, fold } from '../../src/modules/misuse/behaviour/fold.js';
import { DAY_MS, STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import { NEW_ACCOUNT, replay, takeIn } from '../../src/modules/misuse/behaviour/timeline.js';
import type { Outcome } from '../../src/modules/misuse/second-stage/opinion.js';
import { weightWith } from '../../src/modules/misuse/second-stage/weigh-opinion.js';
import { BEGIN, histories, promptEvent, sizes } from '../support/behaviour-histories.js';

const local = histories.map((history) => [...history].sort(compareCursors));
const outcomes = fc.infiniteStream(fc.constantFrom<Outcome | null>('confirms', 'unsure', 'clears', null, null));

/** The stream never ends. */
const nextOf = (stream: Iterator<Outcome | null, unknown>): Outcome | null => stream.next().value as Outcome | null;

const isFlagged = (event: BehaviourEvent): event is PromptEvent => event.kind === 'prompt' && event.score >= 0.5;
const weighed = (event: BehaviourEvent, outcome: Outcome | null): BehaviourEvent =>
  outcome === null || !isFlagged(event)
    ? event
    : { ...event, weight: weightWith(outcome, event.weight), isCleared: outcome === 'clears' };

it('second opinions lead to the same state whenever and in whatever order they come, be it among other prompts', async () => {
  const scenes = local.chain((history) =>
    fc.record({ history: fc.constant(history), order: fc.shuffledSubarray(history), outcomes, gaps: sizes }),
  );
  await fc.assert(
    fc.asyncProperty(scenes, async ({ history, order, outcomes: stream, gaps }) => {
      const opinions = new Map(order.map((event) => [event.id, weighed(event, nextOf(stream))]));
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

it('second opinions never make less of a prompt by confirming it, nor more by clearing it', () => {
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

it('second opinions leave no block without five distinct flagged prompts that were not cleared', () => {
  fc.assert(
    fc.property(local, outcomes, (history, stream) => {
      let state = INITIAL_STATE;
      for (const event of history) {
        const { state: next, transitions } = fold(state, [weighed(event, nextOf(stream))]);
        if (transitions.some(({ to, signal }) => to === 'block' && signal === 'suspicion')) {
          expect(distinctFlagged(next, event.at)).toBeGreaterThanOrEqual(STEPS.block.distinctPrompts);
        }
        state = next;
      }
    }),
  );
});

it('second opinions do not bring back a level that time has lifted', async () => {
  const attacks = Array.from({ length: 20 }, (_, index) =>
    promptEvent(BEGIN + index * 60_000, `id-${10 + index}`, 0.95),
  );
  const { record } = replay(NEW_ACCOUNT, attacks);
  expect(record.state.level).toBe('block');
  const later = advance(record.state, BEGIN + 30 * DAY_MS).state;
  const heard = await takeIn({ ...record, state: later }, [attacks[0]], async () => attacks);
  expect([later.level, heard.record.state.level, heard.transitions]).toEqual(['normal', 'normal', []]);
});
