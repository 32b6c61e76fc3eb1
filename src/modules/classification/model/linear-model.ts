import { GRAM_BITS, SIGNAL_BITS } from '../features/feature-set.js';
import type { FeatureSet } from '../features/feature-set.js';
import { SparseWeights } from './sparse-weights.js';

/** Value of every signal that is present; grams have norm 1 together. */
export const SIGNAL_VALUE = 0.2;

/** How many outputs and buckets a model has; it may do with fewer buckets than the features have. */
export interface ModelShape {
  readonly outputs: number;
  readonly gramBits: number;
  readonly signalBits: number;
}

/** Weights in 8 bits with one scale per output, separately for grams and signals; outputs of a bucket side by side. */
export interface QuantisedWeights extends ModelShape {
  readonly grams: Int8Array;
  readonly signals: Int8Array;
  readonly gramScale: readonly number[];
  readonly signalScale: readonly number[];
  readonly bias: readonly number[];
}

/** @throws Error when the weights were trained on other features */
export function assertFits({ outputs, gramBits, signalBits, grams, signals }: QuantisedWeights): void {
  const isWhole = grams.length === outputs << gramBits && signals.length === outputs << signalBits;
  if (!isWhole || gramBits > GRAM_BITS || signalBits > SIGNAL_BITS)
    throw new Error('The model file does not fit the features: train again.');
}

/** One weight per feature and output, and a sum. */
export class LinearModel {
  private readonly scales: Pick<QuantisedWeights, 'gramScale' | 'signalScale' | 'bias'>;
  private readonly grams: SparseWeights;
  private readonly signals: SparseWeights;
  private readonly fromGrams: Float64Array;
  private readonly fromSignals: Float64Array;

  constructor(weights: QuantisedWeights) {
    assertFits(weights);
    const { outputs, grams, signals, gramBits, signalBits, ...scales } = weights;
    this.scales = scales;
    this.grams = new SparseWeights(grams, outputs, GRAM_BITS - gramBits);
    this.signals = new SparseWeights(signals, outputs, SIGNAL_BITS - signalBits);
    this.fromGrams = new Float64Array(outputs);
    this.fromSignals = new Float64Array(outputs);
  }

  /**
   * One logit per output.
   * @param grams how many of the grams count, the first ones
   */
  logits({ gramCount, gramBuckets, gramValues, signalCount, signalBuckets }: FeatureSet, grams = gramCount): number[] {
    const { gramScale, signalScale, bias } = this.scales;
    const { fromGrams, fromSignals } = this;
    fromGrams.fill(0);
    fromSignals.fill(0);
    this.grams.addTo(fromGrams, grams, gramBuckets, gramValues);
    this.signals.addTo(fromSignals, signalCount, signalBuckets);
    return bias.map(
      (start, output) =>
        start + fromGrams[output] * gramScale[output] + fromSignals[output] * signalScale[output] * SIGNAL_VALUE,
    );
  }
}
