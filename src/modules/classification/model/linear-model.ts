import { GRAM_BITS, SIGNAL_BITS } from '../features/feature-set.js';
import type { FeatureSet } from '../features/feature-set.js';
import { SparseWeights } from './sparse-weights.js';

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

/** @throws Error when the weights were trained on other features */
export function assertFits({ outputs, grams, signals }: QuantisedWeights): void {
  if (grams.length !== outputs << GRAM_BITS || signals.length !== outputs << SIGNAL_BITS)
    throw new Error('The model file does not fit the features: train again.');
}

/** One weight per feature and output, and a sum. */
export class LinearModel {
  private readonly grams: SparseWeights;
  private readonly signals: SparseWeights;
  private readonly fromGrams: Float64Array;
  private readonly fromSignals: Float64Array;

  constructor(private readonly weights: QuantisedWeights) {
    assertFits(weights);
    this.grams = new SparseWeights(weights.grams, weights.outputs);
    this.signals = new SparseWeights(weights.signals, weights.outputs);
    this.fromGrams = new Float64Array(weights.outputs);
    this.fromSignals = new Float64Array(weights.outputs);
  }

  /** One logit per output. */
  logits({ gramCount, gramBuckets, gramValues, signalCount, signalBuckets }: FeatureSet): number[] {
    const { gramScale, signalScale, bias } = this.weights;
    const { fromGrams, fromSignals } = this;
    fromGrams.fill(0);
    fromSignals.fill(0);
    this.grams.addTo(fromGrams, gramCount, gramBuckets, gramValues);
    this.signals.addTo(fromSignals, signalCount, signalBuckets);
    return bias.map(
      (start, output) =>
        start + fromGrams[output] * gramScale[output] + fromSignals[output] * signalScale[output] * SIGNAL_VALUE,
    );
  }
}
