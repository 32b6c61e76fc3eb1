import { indexOfGreatest, logistic, softmax } from '../model/probabilities.js';
import type { Calibration } from '../model/probabilities.js';
import { quantile } from './metrics.js';

const STEPS = 400;
const RATE = 0.5;

/**
 * Platt's slope for the logits of left-out prompts, positives and negatives counting the same, with an offset that puts
 * a probability of 0.5 where the given share of the ordinary prompts lies above.
 */
export function calibrateHead(
  positives: readonly number[],
  negatives: readonly number[],
  ordinary: readonly number[],
  falsePositives: number,
): Calibration {
  const slope = plattSlope(positives, negatives);
  return { slope, offset: -slope * quantile(ordinary, 1 - falsePositives) };
}

function plattSlope(positives: readonly number[], negatives: readonly number[]): number {
  let slope = 1;
  let offset = 0;
  for (let step = 0; step < STEPS; step++) {
    const gradient = { slope: 0, offset: 0 };
    for (const [logits, target] of [[positives, 1] as const, [negatives, 0] as const]) {
      for (const logit of logits) {
        const error = (logistic(slope * logit + offset) - target) / logits.length;
        gradient.slope += error * logit;
        gradient.offset += error;
      }
    }
    slope -= RATE * gradient.slope;
    offset -= RATE * gradient.offset;
  }
  return Math.max(slope, 0.1);
}

export interface LeftOutIntent {
  readonly logits: readonly number[];
  readonly target: number;
  readonly weight: number;
}

const TEMPERATURES = Array.from({ length: 40 }, (_, step) => 0.3 * 1.08 ** step);

/** The temperature under which the left-out intents are the least surprising. */
export function fitTemperature(leftOut: readonly LeftOutIntent[]): number {
  const surprises = TEMPERATURES.map((temperature) =>
    leftOut.reduce(
      (sum, { logits, target, weight }) =>
        sum + weight * Math.log(Math.max(softmax(logits, temperature)[target], 1e-9)),
      0,
    ),
  );
  return TEMPERATURES[indexOfGreatest(surprises)];
}
