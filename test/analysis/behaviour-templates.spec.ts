import type { PromptEvent } from '../../src/modules/misuse/behaviour/behaviour-event.js';
import { INITIAL_STATE } from '../../src/modules/misuse/behaviour/behaviour-state.js';
import type { BehaviourState } from '../../src/modules/misuse/behaviour/behaviour-state.js';
import { fingerprintOf } from '../../src/modules/misuse/behaviour/fingerprint.js';
import { fold } from '../../src/modules/misuse/behaviour/fold.js';
import { DAY_MS, MOST_FOR_VOLUME, STEPS, VOLUME_ALLOWED } from '../../src/modules/misuse/behaviour/policy.js';
import type { Level } from '../../src/modules/misuse/behaviour/policy.js';
import { promptEvent } from '../support/behaviour-histories.js';

const MONDAY = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;

const says = (at: number, id: string, score: number, text: string): PromptEvent =>
  promptEvent(at, id, score, text, fingerprintOf(text));
const flaggedAt = (at: number, count: number, text: (nth: number) => string): PromptEvent[] =>
  Array.from({ length: count }, (_, nth) => says(at + nth * MINUTE_MS, `${at}-${nth}`, 0.95, text(nth)));
const levelsOf = (events: readonly PromptEvent[]): Level[] =>
  fold(INITIAL_STATE, events).transitions.map(({ to }) => to);
const after = (events: readonly PromptEvent[]): BehaviourState => fold(INITIAL_STATE, events).state;

/** The same on each of so many days. */
const daily = (days: number, events: (at: number) => PromptEvent[]): PromptEvent[] =>
  Array.from({ length: days }, (_, day) => events(MONDAY + day * DAY_MS)).flat();

const review = (nth: number): string =>
  `Customer ${'abcdefghijklmnopqrstuvwxyz'[nth]} ${nth} wrote the following. Say whether it is a threat, and answer with one word.`;

describe('a program that is taken for bad', () => {
  it('says one thing with the same prompt, however often a day, and less on each day', () => {
    const once = after([says(MONDAY, 'one', 0.95, review(1))]);
    const often = after(flaggedAt(MONDAY, 200, () => review(1)));
    expect(often.flagged).toHaveLength(1);
    expect(often.suspicion).toBeLessThanOrEqual(once.suspicion);
    expect(levelsOf(daily(30, (at) => flaggedAt(at, 50, () => review(1))))).toEqual([]);
  });

  it('adds less with each prompt of one template, and begins lower on the next day', () => {
    const weight = after([says(MONDAY, 'one', 0.95, review(1))]).suspicion;
    const day = flaggedAt(MONDAY, 4, review);
    expect(after(day).suspicion - after(day.slice(0, 3)).suspicion).toBeLessThan(weight / 2);
    const nextDay = MONDAY + DAY_MS;
    const left = fold(after(day), [says(nextDay - 1, 'ordinary', 0.02, 'hello')]).state.suspicion;
    expect(after([...day, says(nextDay, 'next', 0.95, review(9))]).suspicion - left).toBeLessThan(0.8 * weight);
  });

  it('is blocked all the same when nothing else comes of a template than hits', () => {
    expect(levelsOf(flaggedAt(MONDAY, 26, review))).toEqual(['warn', 'throttle', 'block']);
  });
});

describe('the allowance for volume', () => {
  const attacks = (at: number, count: number): PromptEvent[] =>
    Array.from({ length: count }, (_, nth) => promptEvent(at + nth, `attack-${nth}`, 0.95));
  const ordinary = (count: number): PromptEvent[] =>
    Array.from({ length: count }, (_, nth) => promptEvent(MONDAY + nth * 1_000, `ordinary-${nth}`, 0.02));
  const attacksUntil = (level: Level, before: readonly PromptEvent[]): number =>
    Array.from({ length: 30 }, (_, count) => count).find((count) =>
      levelsOf([...before, ...attacks(MONDAY + DAY_MS / 2, count)]).includes(level),
    ) ?? Infinity;

  it.each(['warn', 'throttle', 'block'] as const)('takes more hits of who writes much: %s', (level) => {
    const [of0, of100, of3000, of30000] = [0, VOLUME_ALLOWED, 3_000, 30_000].map((count) =>
      attacksUntil(level, ordinary(count)),
    );
    expect(of100).toBe(of0);
    expect(of3000).toBeGreaterThan(of0);
    const weight = after(attacks(MONDAY, 1)).suspicion;
    expect(of30000).toBeLessThanOrEqual(Math.ceil((STEPS[level].suspicion + MOST_FOR_VOLUME) / weight));
  });
});
