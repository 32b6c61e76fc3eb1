import type { BehaviourState, Transition } from './behaviour-state.js';
import {
  CROWD_HALF_LIFE_MS,
  EXIT_FRACTION,
  LEVELS,
  RATE_HALF_LIFE_MS,
  STEPS,
  SUSPICION_HALF_LIFE_MS,
} from './policy.js';
import type { Level } from './policy.js';

export interface Advanced {
  readonly state: BehaviourState;
  readonly transitions: readonly Transition[];
}

/** The part of something that is left after a time. */
export function remaining(elapsedMs: number, halfLifeMs: number): number {
  return elapsedMs <= 0 ? 1 : 2 ** (-elapsedMs / halfLifeMs);
}

/**
 * Lets time pass. Levels are left at the very moment that decay and dwell say, so the outcome does not depend on how
 * often, or when, somebody asks.
 */
export function advance(state: BehaviourState, to: number): Advanced {
  const transitions: Transition[] = [];
  let current = state;
  for (let due = nextDescent(current); due !== null && due <= to; due = nextDescent(current)) {
    current = decayed(current, due);
    const below = LEVELS[LEVELS.indexOf(current.level) - 1];
    transitions.push({
      from: current.level,
      to: below,
      at: due,
      eventId: null,
      suspicion: current.suspicion,
      signal: 'decay',
    });
    current = { ...current, level: below, since: due };
  }
  return { state: decayed(current, to), transitions };
}

/** When the account goes down a level if nothing else happens; null for never. */
export function nextDescent(state: BehaviourState): number | null {
  if (state.level === 'normal' || state.heldForPerson) return null;
  const { suspicion, dwellMs } = STEPS[state.level];
  return Math.max(state.since + dwellMs, timeOfSuspicion(state, suspicion * EXIT_FRACTION));
}

/** What is entered above a level; null above the highest. */
export function levelAbove(level: Level): Exclude<Level, 'normal'> | null {
  const [, ...higher] = LEVELS;
  return higher[LEVELS.indexOf(level)] ?? null;
}

function timeOfSuspicion(state: BehaviourState, target: number): number {
  if (state.suspicion <= target) return state.at;
  // A millisecond more, so that rounding never leaves it a hair above.
  return Math.ceil(state.at + SUSPICION_HALF_LIFE_MS * Math.log2(state.suspicion / target)) + 1;
}

function decayed(state: BehaviourState, to: number): BehaviourState {
  const elapsedMs = to - state.at;
  if (elapsedMs <= 0) return state;
  const rateLeft = remaining(elapsedMs, RATE_HALF_LIFE_MS);
  return {
    ...state,
    at: to,
    suspicion: state.suspicion * remaining(elapsedMs, SUSPICION_HALF_LIFE_MS),
    hits: state.hits * rateLeft,
    ordinaryPrompts: state.ordinaryPrompts * rateLeft,
    crowd: state.crowd * remaining(elapsedMs, CROWD_HALF_LIFE_MS),
  };
}
