import { bucketOf } from './hashing.js';
import { GRAM_BITS, MAX_FEATURES, SIGNAL_BITS } from './feature-set.js';
import type { FeatureSet } from './feature-set.js';

const MAX_SIGNALS = 2_000;
/** A power of two, well above `MAX_FEATURES`; far fewer than buckets, so that they stay in the processor's cache. */
const SLOTS = 2 ** 15;
const LAST_FIRST_PLACE = 2 ** 31 - 1 - MAX_FEATURES;

/** Counts features per bucket; cleared in constant time. One instance serves one text at a time. */
export class FeatureCollector {
  private round = 0;
  /** Where this text's places begin: what stands below it in `slots` is of an earlier text. */
  private firstPlace = 0;
  /** By the last bits of a bucket, or in the next free slot: `firstPlace` and its place among the features. */
  private readonly slots = new Int32Array(SLOTS);
  private readonly signalRound = new Uint32Array(1 << SIGNAL_BITS);
  private readonly features: FeatureSet = {
    gramCount: 0,
    wordCount: 0,
    gramBuckets: new Int32Array(MAX_FEATURES),
    gramValues: new Float32Array(MAX_FEATURES),
    signalCount: 0,
    signalBuckets: new Int32Array(MAX_SIGNALS),
    telling: 0,
  };

  start(): void {
    this.round = (this.round + 1) >>> 0;
    this.firstPlace += MAX_FEATURES;
    if (this.firstPlace > LAST_FIRST_PLACE) {
      this.slots.fill(0);
      this.firstPlace = MAX_FEATURES;
    }
    this.features.gramCount = 0;
    this.features.signalCount = 0;
    this.features.telling = 0;
  }

  gram(hash: number, value: number): void {
    const bucket = bucketOf(hash, GRAM_BITS);
    const { features, slots, firstPlace } = this;
    const { gramBuckets, gramValues, gramCount } = features;
    let slot = bucket & (SLOTS - 1);
    for (let place = slots[slot] - firstPlace; place >= 0; place = slots[slot] - firstPlace) {
      if (gramBuckets[place] === bucket) {
        gramValues[place] += value;
        return;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (gramCount === MAX_FEATURES) return;
    slots[slot] = firstPlace + gramCount;
    gramBuckets[gramCount] = bucket;
    gramValues[gramCount] = value;
    features.gramCount = gramCount + 1;
  }

  signal(hash: number): void {
    const bucket = bucketOf(hash, SIGNAL_BITS);
    const { features } = this;
    if (this.signalRound[bucket] === this.round || features.signalCount === MAX_SIGNALS) return;
    this.signalRound[bucket] = this.round;
    features.signalBuckets[features.signalCount++] = bucket;
  }

  /** What comes now is no word, no pair and no beginning of one. */
  endWords(): void {
    this.features.wordCount = this.features.gramCount;
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
