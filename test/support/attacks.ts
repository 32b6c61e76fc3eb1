import { weightOf } from '../../src/modules/misuse/behaviour/calibration.js';
import { LEVELS, STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import type { Level } from '../../src/modules/misuse/behaviour/policy.js';

/**
 * How many different flagged prompts at once bring a new account to a level: those that it takes at least, enough of
 * them for its suspicion, and one more than for the level below.
 *
 * @param weight of each, in nats
 */
export function attacksTo(level: Level, weight: number): number {
  if (level === 'normal') return 0;
  const { distinctPrompts, suspicion } = STEPS[level];
  const below = attacksTo(LEVELS[LEVELS.indexOf(level) - 1], weight);
  return Math.max(distinctPrompts, Math.ceil(suspicion / weight), below + 1);
}

/** The local weight, in nats, of a prompt that is surely an attack. */
export const CONFIDENT_WEIGHT = weightOf(1);
