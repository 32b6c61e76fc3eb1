import { GRAM_BITS, SIGNAL_BITS } from '../features/feature-set.js';
import type { FeatureSet } from '../features/feature-set.js';

/** Value of every signal that is present; grams have norm 1 together. */
export const SIGNAL_VALUE = 0.2;

/** Weights in 8 bits with one scale per output, separately for grams and signals; outputs of a bucket side by side. */
export interface QuantisedWeights {
  readonly outputs: number;
  readonly grams: Int8Array;
  readonly signals: Int8Array;
  readonly gramScale: readonly number[];
  readonly signalScale: readonly number[];
  readonly bias: readonly number[];
}

/** One weight per feature and output, and a sum. */
export class LinearModel {
  private readonly fromGrams: Float64Array;
  private readonly fromSignals: Float64Array;
  /** 1 for buckets that say anything: with many outputs, most were pruned. */
  private readonly tellingGrams: Uint8Array;
  private readonly tellingSignals: Uint8Array;

  constructor(private readonly weights: QuantisedWeights) {
    this.fromGrams = new Float64Array(weights.outputs);
    this.fromSignals = new Float64Array(weights.outputs);
    const { outputs, grams, signals } = weights;
    if (grams.length !== outputs << GRAM_BITS || signals.length !== outputs << SIGNAL_BITS)
      throw new Error('The model file does not fit the features: train again.');
    this.tellingGrams = tellingBuckets(grams, outputs);
    this.tellingSignals = tellingBuckets(signals, outputs);
  }

  /** One logit per output. */
  logits(features: FeatureSet): number[] {
    return this.weights.outputs === 1 ? [this.onlyLogit(features)] : this.allLogits(features);
  }

  /** The same as `allLogits` for one output, without its inner loop: most of the work is done here. */
  private onlyLogit({ gramCount, gramBuckets, gramValues, signalCount, signalBuckets }: FeatureSet): number {
    const { grams, signals, gramScale, signalScale, bias } = this.weights;
    let fromGrams = 0;
    for (let at = 0; at < gramCount; at++) fromGrams += grams[gramBuckets[at]] * gramValues[at];
    let fromSignals = 0;
    for (let at = 0; at < signalCount; at++) fromSignals += signals[signalBuckets[at]];
    return bias[0] + fromGrams * gramScale[0] + fromSignals * signalScale[0] * SIGNAL_VALUE;
  }

  private allLogits({ gramCount, gramBuckets, gramValues, signalCount, signalBuckets }: FeatureSet): number[] {
    const { outputs, grams, signals, gramScale, signalScale, bias } = this.weights;
    const { fromGrams, fromSignals, tellingGrams, tellingSignals } = this;
    fromGrams.fill(0);
    fromSignals.fill(0);
    for (let at = 0; at < gramCount; at++) {
      if (tellingGrams[gramBuckets[at]] === 0) continue;
      const start = gramBuckets[at] * outputs;
      const value = gramValues[at];
      for (let output = 0; output < outputs; output++) fromGrams[output] += grams[start + output] * value;
    }
    for (let at = 0; at < signalCount; at++) {
      if (tellingSignals[signalBuckets[at]] === 0) continue;
      const start = signalBuckets[at] * outputs;
      for (let output = 0; output < outputs; output++) fromSignals[output] += signals[start + output];
    }
    return bias.map(
      (start, output) =>
        start + fromGrams[output] * gramScale[output] + fromSignals[output] * signalScale[output] * SIGNAL_VALUE,
    );
  }
}

function tellingBuckets(weights: Int8Array, outputs: number): Uint8Array {
  const telling = new Uint8Array(weights.length / outputs);
  for (let at = 0; at < weights.length; at++) if (weights[at] !== 0) telling[Math.floor(at / outputs)] = 1;
  return telling;
}
