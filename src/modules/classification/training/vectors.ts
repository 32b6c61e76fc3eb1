import type { FeatureSet } from '../features/feature-set.js';

/** A copy of a feature set that stays. */
export interface Vector {
  readonly gramBuckets: Int32Array;
  readonly gramValues: Float32Array;
  readonly signalBuckets: Int32Array;
}

/** @param grams how many of the grams are taken, the first ones */
export function toVector(
  { gramCount, gramBuckets, gramValues, signalCount, signalBuckets }: FeatureSet,
  grams = gramCount,
): Vector {
  return {
    gramBuckets: gramBuckets.slice(0, grams),
    gramValues: gramValues.slice(0, grams),
    signalBuckets: signalBuckets.slice(0, signalCount),
  };
}
