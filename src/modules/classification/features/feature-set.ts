/** Buckets for words and parts of words, and for what the rules, the lexicon and the layout say. */
export const GRAM_BITS = 19;
export const SIGNAL_BITS = 17;

export const MAX_FEATURES = 12_000;

/**
 * Features of one text: bucket and value, grams first. Gram values have Euclidean norm 1, so that long and short texts
 * compare; signals have fixed values.
 */
export interface FeatureSet {
  gramCount: number;
  /** So many of the grams, the first ones, are words, pairs and beginnings of words; behind them come other parts. */
  wordCount: number;
  readonly gramBuckets: Int32Array;
  readonly gramValues: Float32Array;
  signalCount: number;
  readonly signalBuckets: Int32Array;
  /** Words that say something about the purpose of a prompt. */
  telling: number;
}
