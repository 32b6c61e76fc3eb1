/** Slope and offset that make a probability of a logit. */
export interface Calibration {
  readonly slope: number;
  readonly offset: number;
}

export function logistic(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

export function calibrated(logit: number, { slope, offset }: Calibration): number {
  return logistic(slope * logit + offset);
}

/** Probabilities of several logits, divided by a temperature first. */
export function softmax(logits: readonly number[], temperature = 1): number[] {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - highest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Index of the greatest number; the first of equals. */
export function indexOfGreatest(numbers: readonly number[]): number {
  return numbers.reduce((best, number, index) => (number > numbers[best] ? index : best), 0);
}
