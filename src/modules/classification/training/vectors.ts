import type { FeatureSet } from '../features/feature-set.js';

/** A copy of a feature set that stays. */
export interface Vector {
  readonly gramBuckets: Int32Array;
  readonly gramValues: Float32Array;
  readonly signalBuckets: Int32Array;
}

export function toVector({ gramCount, gramBuckets, gramValues, signalCount, signalBuckets }: FeatureSet): Vector {
  return {
    gramBuckets: gramBuckets.slice(0, gramCount),
    gramValues: gramValues.slice(0, gramCount),
    signalBuckets: signalBuckets.slice(0, signalCount),
  };
}
