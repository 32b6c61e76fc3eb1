import { INTENTS } from '../intents.js';
import { ATTACK_CATEGORIES } from '../misuse-categories.js';
import { LinearModel } from '../model/linear-model.js';
import { MisuseHeads } from '../model/misuse-heads.js';
import type { MisuseLogits } from '../model/misuse-heads.js';
import type { ModelContents } from '../model/model-file.js';
import type { Calibration } from '../model/probabilities.js';
import { misuseLogits } from '../prompt-classifier.js';
import { readPrompt } from '../prompt-reading.js';
import { calibrateHead, fitTemperature } from './calibration.js';
import { trainIntent, trainHeads } from './model-trainer.js';
import type { Vectorised } from './model-trainer.js';
import { countBy, FOLDS, sourceFolds } from './source-folds.js';
import type { IntentSample, MisuseSample } from './training-data.js';

/** A part must be surer than the whole by this much, in logits. */
const PART_MARGIN = 1;
/** Share of ordinary left-out prompts above 0.5: by the score, and by each head. */
const FALSE_POSITIVES = 0.01;
const FALSE_POSITIVES_PER_HEAD = 0.005;
/** Web text that moderators disagreed about: nothing a user of a gateway would send. */
export const NOT_ORDINARY: ReadonlySet<string> = new Set(['openai_moderation']);

/** A prompt whose source no model knew that judged it. */
export interface LeftOut<Sample> {
  readonly sample: Sample;
  readonly fold: number;
}
export interface LeftOutMisuse extends LeftOut<MisuseSample> {
  readonly logits: MisuseLogits;
}
export interface LeftOutIntents extends LeftOut<IntentSample> {
  readonly logits: readonly number[];
}

/** Judges every public prompt by models that were trained without its source; own prompts are trained on always. */
export function leaveOutMisuse(
  publicSamples: readonly Vectorised<MisuseSample>[],
  ownSamples: readonly Vectorised<MisuseSample>[],
  instructions: readonly string[],
  log: (message: string) => void,
): LeftOutMisuse[] {
  const folds = sourceFolds(
    publicSamples.map(({ sample: { source, category } }) => ({ source, label: labelOf(category) })),
  );
  return foldNumbers().flatMap((fold) => {
    log(`misuse without fold ${fold + 1} of ${FOLDS}`);
    const isLeftOut = ({ sample }: Vectorised<MisuseSample>): boolean => folds.get(sample.source) === fold;
    return judgeLeftOut(publicSamples, ownSamples, instructions, isLeftOut).map((prompt) => ({ ...prompt, fold }));
  });
}

/** Judges one in seven public prompts by models that were trained with the others of the same sources. */
export function leaveOutSome(
  publicSamples: readonly Vectorised<MisuseSample>[],
  ownSamples: readonly Vectorised<MisuseSample>[],
  instructions: readonly string[],
): LeftOutMisuse[] {
  const leftOut = new Set(publicSamples.filter((_, at) => at % 7 === 3));
  return judgeLeftOut(publicSamples, ownSamples, instructions, (sample) => leftOut.has(sample));
}

function judgeLeftOut(
  publicSamples: readonly Vectorised<MisuseSample>[],
  ownSamples: readonly Vectorised<MisuseSample>[],
  instructions: readonly string[],
  isLeftOut: (sample: Vectorised<MisuseSample>) => boolean,
): LeftOutMisuse[] {
  const known = publicSamples.filter((sample) => !isLeftOut(sample));
  const models = {
    heads: new MisuseHeads(trainHeads([...known, ...ownSamples], instructions)),
    partMargin: PART_MARGIN,
  };
  return publicSamples.filter(isLeftOut).map(({ sample }) => {
    const { whole: _whole, ...logits } = misuseLogits(models, readPrompt(sample.text));
    return { sample, fold: 0, logits };
  });
}

export function leaveOutIntents(
  publicSamples: readonly Vectorised<IntentSample>[],
  ownSamples: readonly Vectorised<IntentSample>[],
  log: (message: string) => void,
): LeftOutIntents[] {
  const folds = sourceFolds(publicSamples.map(({ sample: { source, intent } }) => ({ source, label: intent })));
  return foldNumbers().flatMap((fold) => {
    log(`intents without fold ${fold + 1} of ${FOLDS}`);
    const known = publicSamples.filter(({ sample }) => folds.get(sample.source) !== fold);
    const model = new LinearModel(trainIntent([...known, ...ownSamples]));
    const leftOut = publicSamples.filter(({ sample }) => folds.get(sample.source) === fold);
    return leftOut.map(({ sample }) => {
      const features = readPrompt(sample.text).features();
      return { sample, fold, logits: model.logits(features, features.wordCount) };
    });
  });
}

/** What the left-out prompts say about the trust in a logit. */
export function calibrate(
  misuse: readonly LeftOutMisuse[],
  intents: readonly LeftOutIntents[],
): Omit<ModelContents, 'models'> {
  const benign = misuse.filter(({ sample }) => sample.category === null);
  const ordinary = benign.filter(({ sample }) => !NOT_ORDINARY.has(sample.source));
  const head = (name: keyof MisuseLogits, labels: readonly string[], falsePositives: number): Calibration => {
    const positives = misuse.filter(({ sample }) => labels.includes(labelOf(sample.category)));
    const logits = (leftOut: readonly LeftOutMisuse[]): number[] => leftOut.map((prompt) => prompt.logits[name]);
    return calibrateHead(logits(positives), logits(benign), logits(ordinary), falsePositives);
  };
  const sizes = countBy(intents, ({ sample }) => sample.intent);
  return {
    harmCalibration: head('harm', ['harm'], FALSE_POSITIVES_PER_HEAD),
    attackCalibration: head('attack', ['attack'], FALSE_POSITIVES_PER_HEAD),
    misuseCalibration: head('misuse', ['harm', 'attack'], FALSE_POSITIVES),
    partMargin: PART_MARGIN,
    intentTemperature: fitTemperature(
      intents.map(({ sample: { intent }, logits }) => ({
        logits,
        target: INTENTS.indexOf(intent),
        weight: 1 / (sizes.get(intent) ?? 1),
      })),
    ),
  };
}

export function labelOf(category: MisuseSample['category']): 'harm' | 'attack' | 'benign' {
  if (category === null) return 'benign';
  return ATTACK_CATEGORIES.has(category) ? 'attack' : 'harm';
}

const foldNumbers = (): number[] => Array.from({ length: FOLDS }, (_, fold) => fold);
