import { GRAM_BITS, SIGNAL_BITS } from '../features/feature-set.js';
import type { FeatureSet } from '../features/feature-set.js';
import { assertFits, SIGNAL_VALUE } from './linear-model.js';
import type { QuantisedWeights } from './linear-model.js';

export type HeadWeights = Readonly<Record<'harm' | 'attack' | 'misuse', QuantisedWeights>>;

/** What the misuse heads say before calibration. */
export interface MisuseLogits {
  readonly harm: number;
  readonly attack: number;
  /** Of misuse of either kind: mean of the surer head and a model that was trained on both kinds. */
  readonly misuse: number;
}

interface Scales {
  readonly bias: number;
  readonly gram: number;
  readonly signal: number;
}

/** Room for the three heads and nothing, so that a bucket begins at a power of two. */
const STRIDE = 4;

/** Three linear models of one output whose weights lie side by side: a feature is looked up once. */
export class MisuseHeads {
  private readonly grams: Int8Array;
  private readonly signals: Int8Array;
  private readonly scales: Readonly<Record<keyof HeadWeights, Scales>>;

  /** @param weights with as many buckets as the features have */
  constructor({ harm, attack, misuse }: HeadWeights) {
    for (const head of [harm, attack, misuse]) assertFits(head);
    this.scales = { harm: toScales(harm), attack: toScales(attack), misuse: toScales(misuse) };
    this.grams = sideBySide([harm.grams, attack.grams, misuse.grams], GRAM_BITS);
    this.signals = sideBySide([harm.signals, attack.signals, misuse.signals], SIGNAL_BITS);
  }

  logits({ gramCount, gramBuckets, gramValues, signalCount, signalBuckets }: FeatureSet): MisuseLogits {
    const { grams, signals } = this;
    let [harmGrams, attackGrams, bothGrams] = [0, 0, 0];
    for (let at = 0; at < gramCount; at++) {
      const place = gramBuckets[at] * STRIDE;
      const value = gramValues[at];
      harmGrams += grams[place] * value;
      attackGrams += grams[place + 1] * value;
      bothGrams += grams[place + 2] * value;
    }
    let [harmSignals, attackSignals, bothSignals] = [0, 0, 0];
    for (let at = 0; at < signalCount; at++) {
      const place = signalBuckets[at] * STRIDE;
      harmSignals += signals[place];
      attackSignals += signals[place + 1];
      bothSignals += signals[place + 2];
    }
    const harm = logit(this.scales.harm, harmGrams, harmSignals);
    const attack = logit(this.scales.attack, attackGrams, attackSignals);
    const both = logit(this.scales.misuse, bothGrams, bothSignals);
    return { harm, attack, misuse: (both + Math.max(harm, attack)) / 2 };
  }
}

function toScales({ bias, gramScale, signalScale }: QuantisedWeights): Scales {
  return { bias: bias[0], gram: gramScale[0], signal: signalScale[0] };
}

function logit({ bias, gram, signal }: Scales, fromGrams: number, fromSignals: number): number {
  return bias + fromGrams * gram + fromSignals * signal * SIGNAL_VALUE;
}

function sideBySide(heads: readonly Int8Array[], bits: number): Int8Array {
  const together = new Int8Array(STRIDE << bits);
  heads.forEach((weights, head) => weights.forEach((weight, bucket) => (together[bucket * STRIDE + head] = weight)));
  return together;
}
