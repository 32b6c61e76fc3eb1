import { GRAM_BITS, SIGNAL_BITS } from '../features/feature-set.js';
import { INTENTS } from '../intents.js';
import { ATTACK_CATEGORIES, MISUSE_CATEGORIES } from '../misuse-categories.js';
import type { QuantisedWeights } from '../model/linear-model.js';
import type { HeadWeights } from '../model/misuse-heads.js';
import { readPrompt } from '../prompt-reading.js';
import { embeddedAttacks } from './embedded-attacks.js';
import { LinearTrainer } from './linear-trainer.js';
import type { Example, TrainingOptions } from './linear-trainer.js';
import { quantise } from './quantise.js';
import type { Rounding } from './quantise.js';
import { countBy } from './source-folds.js';
import { CONTRASTS_SOURCE, LANGUAGES_SOURCE, TECHNIQUES_SOURCE, VARIED_SOURCE } from './training-data.js';
import type { IntentSample, MisuseSample } from './training-data.js';
import { toVector } from './vectors.js';
import type { Vector } from './vectors.js';

export const SEED = 20;

/** Of models with many outputs, which would fill the model file. */
const FEWER_BUCKETS = { gramBits: 17, signalBits: 15 };

const HEAD_OPTIONS: TrainingOptions = {
  outputs: 1,
  gramBits: GRAM_BITS,
  signalBits: SIGNAL_BITS,
  epochs: 10,
  learningRate: 0.2,
  gramDecay: 3e-3,
  signalDecay: 1e-2,
  minExamples: 3,
};
const CATEGORY_OPTIONS: TrainingOptions = {
  ...HEAD_OPTIONS,
  ...FEWER_BUCKETS,
  outputs: MISUSE_CATEGORIES.length,
  epochs: 6,
  signalDecay: 3e-3,
};
const INTENT_OPTIONS: TrainingOptions = {
  outputs: INTENTS.length,
  ...FEWER_BUCKETS,
  epochs: 6,
  learningRate: 0.05,
  gramDecay: 1e-3,
  signalDecay: 1e-2,
  minExamples: 3,
};
const HEAD_ROUNDING: Rounding = { steps: 31, pruneBelow: 2 };
const CATEGORY_ROUNDING: Rounding = { steps: 127, pruneBelow: 40 };
const INTENT_ROUNDING: Rounding = { steps: 127, pruneBelow: 14 };

/** Share of all weight that the positives have in training a head. */
const POSITIVE_SHARE = 0.35;
/** A source counts with its size to this power, so that no large one dominates. */
const SOURCE_POWER = 0.5;

/** How far the labels of a source can be trusted, where that is not fully. */
const MISUSE_TRUST = new Map([
  ['cyberseceval_pi_multi', 0.4],
  ['cyberseceval_pi', 0.6],
  ['bipia_indirect', 0.6],
  ['harmfulqa', 0.8],
  ['openai_moderation', 0.7],
  ['fuzzyai_adv', 0.8],
  ['gatehouse', 4],
  [VARIED_SOURCE, 4],
  [TECHNIQUES_SOURCE, 4],
  [LANGUAGES_SOURCE, 4],
  [CONTRASTS_SOURCE, 4],
]);
/** The same for the intents. */
const INTENT_TRUST = new Map([
  ['gatehouse', 10],
  [VARIED_SOURCE, 10],
]);

export interface Vectorised<Sample> {
  readonly sample: Sample;
  readonly vector: Vector;
}

/** What the intent model looks at. */
export function vectoriseIntents(samples: readonly IntentSample[]): Vectorised<IntentSample>[] {
  return samples.map((sample) => {
    const features = readPrompt(sample.text).features();
    return { sample, vector: toVector(features, features.wordCount) };
  });
}

export function vectorise<Sample extends { text: string }>(samples: readonly Sample[]): Vectorised<Sample>[] {
  return samples.map((sample) => ({ sample, vector: toVector(readPrompt(sample.text).features()) }));
}

/**
 * Attacks teach the harm head nothing, since many ask for harm besides; harmful requests are no attacks.
 * @param instructions to slip into harmless prompts
 */
export function trainHeads(
  publicAndOwn: readonly Vectorised<MisuseSample>[],
  instructions: readonly string[],
): HeadWeights {
  const embedded = embeddedAttacks(
    publicAndOwn.map(({ sample }) => sample),
    instructions,
  );
  const samples = [...publicAndOwn, ...vectorise(embedded)];
  const isAttack = ({ category }: MisuseSample): boolean => category !== null && ATTACK_CATEGORIES.has(category);
  const harmful = samples.filter(({ sample }) => !isAttack(sample));
  return {
    harm: trainHead(harmful, ({ category }) => category !== null),
    attack: trainHead(samples, isAttack),
    misuse: trainHead(samples, ({ category }) => category !== null),
  };
}

export function trainIntent(samples: readonly Vectorised<IntentSample>[]): QuantisedWeights {
  const examples = weighted(
    samples,
    ({ intent }) => INTENTS.indexOf(intent),
    () => 1,
    INTENT_TRUST,
  );
  return quantise(new LinearTrainer(INTENT_OPTIONS).train(examples, SEED), INTENT_ROUNDING);
}

function trainHead(
  samples: readonly Vectorised<MisuseSample>[],
  isPositive: (sample: MisuseSample) => boolean,
): QuantisedWeights {
  const share = (target: number): number => (target === 1 ? POSITIVE_SHARE : 1 - POSITIVE_SHARE);
  const examples = weighted(samples, (sample) => Number(isPositive(sample)), share, MISUSE_TRUST);
  return quantise(new LinearTrainer(HEAD_OPTIONS).train(examples, SEED), HEAD_ROUNDING);
}

export function trainCategory(samples: readonly Vectorised<MisuseSample>[]): QuantisedWeights {
  const positives = samples.filter(({ sample }) => sample.category !== null);
  const target = ({ category }: MisuseSample): number => MISUSE_CATEGORIES.findIndex((known) => known === category);
  const examples = weighted(positives, target, () => 1, MISUSE_TRUST);
  return quantise(new LinearTrainer(CATEGORY_OPTIONS).train(examples, SEED), CATEGORY_ROUNDING);
}

/** Examples whose weights balance sources within a class, and the classes as given; 1 on average. */
function weighted<Sample extends { source: string }>(
  samples: readonly Vectorised<Sample>[],
  targetOf: (sample: Sample) => number,
  shareOf: (target: number) => number,
  trustIn: ReadonlyMap<string, number>,
): Example[] {
  const groupOf = (sample: Sample): string => `${sample.source}\n${targetOf(sample)}`;
  const sizes = countBy(samples, ({ sample }) => groupOf(sample));
  const raw = samples.map(({ sample, vector }) => {
    const trust = trustIn.get(sample.source) ?? 1;
    return { vector, target: targetOf(sample), weight: trust / (sizes.get(groupOf(sample)) ?? 1) ** SOURCE_POWER };
  });
  const totals = new Map<number, number>();
  for (const { target, weight } of raw) totals.set(target, (totals.get(target) ?? 0) + weight);
  const shares = [...totals.keys()].reduce((sum, target) => sum + shareOf(target), 0);
  return raw.map(({ vector, target, weight }) => ({
    vector,
    target,
    weight: (weight * raw.length * shareOf(target)) / (shares * (totals.get(target) ?? 1)),
  }));
}
