import { CONFIDENT_HONEST_RATE } from './calibration.js';
import { SURPRISE_ALLOWANCE, SURPRISE_SLACK } from './policy.js';

/**
 * How surprising so many confident hits would be from an honest account with so many ordinary prompts: the Poisson
 * deviance in nats, 0 when there are no more than expected. Finds the slow attacker, whose evidence decays before it
 * adds up.
 */
export function surprise(hits: number, ordinaryPrompts: number): number {
  const expected = SURPRISE_ALLOWANCE + SURPRISE_SLACK * CONFIDENT_HONEST_RATE * ordinaryPrompts;
  return hits <= expected ? 0 : hits * Math.log(hits / expected) - (hits - expected);
}
