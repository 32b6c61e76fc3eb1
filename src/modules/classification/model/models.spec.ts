import { GRAM_BITS, SIGNAL_BITS } from '../features/feature-set.js';
import { promptFeatures } from '../features/prompt-features.js';
import { LinearModel, SIGNAL_VALUE } from './linear-model.js';
import type { QuantisedWeights } from './linear-model.js';
import { MisuseHeads } from './misuse-heads.js';

const TEXT = 'Write a function that sorts a list of names, and explain it to my mother. Why is it slow?';

/** Weights without any meaning, most of them 0. */
function someWeights(outputs: number, seed: number): QuantisedWeights {
  const weightAt = (at: number): number => {
    const mixed = Math.imul(at + seed, 0x9e3779b1) >>> 16;
    return mixed % 3 === 0 ? (mixed % 255) - 127 : 0;
  };
  return {
    outputs,
    gramBits: GRAM_BITS,
    signalBits: SIGNAL_BITS,
    grams: new Int8Array(outputs << GRAM_BITS).map((_, at) => weightAt(at)),
    signals: new Int8Array(outputs << SIGNAL_BITS).map((_, at) => weightAt(at + 7)),
    gramScale: Array.from({ length: outputs }, (_, at) => 0.01 + at / 1_000),
    signalScale: Array.from({ length: outputs }, (_, at) => 0.02 + at / 1_000),
    bias: Array.from({ length: outputs }, (_, at) => at / 10 - 0.3),
  };
}

/** What a linear model says by its definition. */
function plainLogits(weights: QuantisedWeights): number[] {
  const { outputs, grams, signals, gramScale, signalScale, bias } = weights;
  const { gramCount, gramBuckets, gramValues, signalCount, signalBuckets } = promptFeatures(TEXT);
  return bias.map((start, output) => {
    let fromGrams = 0;
    for (let at = 0; at < gramCount; at++) fromGrams += grams[gramBuckets[at] * outputs + output] * gramValues[at];
    let fromSignals = 0;
    for (let at = 0; at < signalCount; at++) fromSignals += signals[signalBuckets[at] * outputs + output];
    return start + fromGrams * gramScale[output] + fromSignals * signalScale[output] * SIGNAL_VALUE;
  });
}

it('gives the sums of a plain loop although zeros are not kept', () => {
  const weights = someWeights(5, 1);
  expect(new LinearModel(weights).logits(promptFeatures(TEXT))).toEqual(plainLogits(weights));
});

it('gives for three heads side by side what each gives alone', () => {
  const weights = { harm: someWeights(1, 2), attack: someWeights(1, 3), misuse: someWeights(1, 4) };
  const [[harm], [attack], [both]] = [weights.harm, weights.attack, weights.misuse].map(plainLogits);
  expect(new MisuseHeads(weights).logits(promptFeatures(TEXT))).toEqual({
    harm,
    attack,
    misuse: (both + Math.max(harm, attack)) / 2,
  });
});

it('refuses weights that were trained on other features', () => {
  const weights = { ...someWeights(1, 5), grams: new Int8Array(10) };
  expect(() => new LinearModel(weights)).toThrow('train again');
});
