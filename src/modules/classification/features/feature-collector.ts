import { bucketOf } from './hashing.js';
import { GRAM_BITS, MAX_FEATURES, SIGNAL_BITS } from './feature-set.js';
import type { FeatureSet } from './feature-set.js';

const MAX_SIGNALS = 2_000;
const LAST_SLOT = 2 ** 31 - 1 - MAX_FEATURES;

/** Counts features per bucket; cleared in constant time. One instance serves one text at a time. */
export class FeatureCollector {
  private round = 0;
  /** Where this text's places begin: what stands below it in `gramSlots` is of an earlier text. */
  private firstSlot = 0;
  /** `firstSlot` and the place of the bucket among the features. */
  private readonly gramSlots = new Int32Array(1 << GRAM_BITS);
  private readonly signalRound = new Uint32Array(1 << SIGNAL_BITS);
  private readonly features: FeatureSet = {
    gramCount: 0,
    gramBuckets: new Int32Array(MAX_FEATURES),
    gramValues: new Float32Array(MAX_FEATURES),
    signalCount: 0,
    signalBuckets: new Int32Array(MAX_SIGNALS),
    telling: 0,
  };

  start(): void {
    this.round = (this.round + 1) >>> 0;
    this.firstSlot += MAX_FEATURES;
    if (this.firstSlot > LAST_SLOT) {
      this.gramSlots.fill(0);
      this.firstSlot = MAX_FEATURES;
    }
    this.features.gramCount = 0;
    this.features.signalCount = 0;
    this.features.telling = 0;
  }

  gram(hash: number, value: number): void {
    const bucket = bucketOf(hash, GRAM_BITS);
    const { features } = this;
    const place = this.gramSlots[bucket] - this.firstSlot;
    if (place >= 0) {
      features.gramValues[place] += value;
      return;
    }
    if (features.gramCount === MAX_FEATURES) return;
    this.gramSlots[bucket] = this.firstSlot + features.gramCount;
    features.gramBuckets[features.gramCount] = bucket;
    features.gramValues[features.gramCount++] = value;
  }

  signal(hash: number): void {
    const bucket = bucketOf(hash, SIGNAL_BITS);
    const { features } = this;
    if (this.signalRound[bucket] === this.round || features.signalCount === MAX_SIGNALS) return;
    this.signalRound[bucket] = this.round;
    features.signalBuckets[features.signalCount++] = bucket;
  }

  tellingWords(count: number): void {
    this.features.telling += count;
  }

  /** The features, grams with sublinear counts and norm 1. Written anew after the next `start`. */
  finish(): FeatureSet {
    const { gramCount, gramValues } = this.features;
    let squares = 0;
    for (let at = 0; at < gramCount; at++) {
      const value = gramValues[at] > 1 ? 1 + Math.log(gramValues[at]) : gramValues[at];
      gramValues[at] = value;
      squares += value * value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let at = 0; at < gramCount; at++) gramValues[at] *= scale;
    return this.features;
  }
}
