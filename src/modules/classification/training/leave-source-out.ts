import { INTENTS } from '../intents.js';
import { ATTACK_CATEGORIES } from '../misuse-categories.js';
import { toLoaded } from '../model/models.js';
import type { LoadedModels } from '../model/models.js';
import type { QuantisedWeights } from '../model/linear-model.js';
import { misuseLogits } from '../prompt-classifier.js';
import { readPrompt } from '../prompt-reading.js';
import { calibrateHead, fitTemperature } from './calibration.js';
import { trainIntent, trainMisuse } from './model-trainer.js';
import type { MisuseModels, Vectorised } from './model-trainer.js';
import { countBy, FOLDS, sourceFolds } from './source-folds.js';
import type { IntentSample, MisuseSample } from './training-data.js';

/** A part must be surer than the whole by this much, in logits. */
const PART_MARGIN = 1;
/** Share of ordinary left-out prompts above 0.5, per head. */
const FALSE_POSITIVES_PER_HEAD = 0.005;
/** Web text that moderators disagreed about: nothing a user of a gateway would send. */
const NOT_ORDINARY: ReadonlySet<string> = new Set(['openai_moderation']);

const UNCALIBRATED = {
  harmCalibration: { slope: 1, offset: 0 },
  attackCalibration: { slope: 1, offset: 0 },
  partMargin: PART_MARGIN,
  intentTemperature: 1,
};

/** A prompt whose source no model knew that judged it. */
export interface LeftOut<Sample> {
  readonly sample: Sample;
  readonly fold: number;
}
export interface LeftOutMisuse extends LeftOut<MisuseSample> {
  readonly harm: number;
  readonly attack: number;
}
export interface LeftOutIntents extends LeftOut<IntentSample> {
  readonly logits: readonly number[];
}

/** Judges every public prompt by models that were trained without its source; own prompts are trained on always. */
export function leaveOutMisuse(
  publicSamples: readonly Vectorised<MisuseSample>[],
  ownSamples: readonly Vectorised<MisuseSample>[],
  log: (message: string) => void,
): LeftOutMisuse[] {
  const folds = sourceFolds(
    publicSamples.map(({ sample: { source, category } }) => ({ source, label: labelOf(category) })),
  );
  return foldNumbers().flatMap((fold) => {
    log(`misuse without fold ${fold + 1} of ${FOLDS}`);
    const known = publicSamples.filter(({ sample }) => folds.get(sample.source) !== fold);
    const models = unfinished({ misuse: trainMisuse([...known, ...ownSamples]) });
    const leftOut = publicSamples.filter(({ sample }) => folds.get(sample.source) === fold);
    return leftOut.map(({ sample }) => {
      const reading = readPrompt(sample.text);
      return { sample, fold, ...misuseLogits(models, reading, reading.features()) };
    });
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
    const models = unfinished({ intent: trainIntent([...known, ...ownSamples]) });
    const leftOut = publicSamples.filter(({ sample }) => folds.get(sample.source) === fold);
    return leftOut.map(({ sample }) => ({
      sample,
      fold,
      logits: models.intent.logits(readPrompt(sample.text).features()),
    }));
  });
}

/** What the left-out prompts say about the trust in a logit. */
export function calibrate(
  misuse: readonly LeftOutMisuse[],
  intents: readonly LeftOutIntents[],
): Pick<LoadedModels, 'harmCalibration' | 'attackCalibration' | 'partMargin' | 'intentTemperature'> {
  const benign = misuse.filter(({ sample }) => sample.category === null);
  const ordinary = benign.filter(({ sample }) => !NOT_ORDINARY.has(sample.source));
  const positives = (label: string): LeftOutMisuse[] =>
    misuse.filter(({ sample }) => labelOf(sample.category) === label);
  const head = (name: 'harm' | 'attack'): ReturnType<typeof calibrateHead> => {
    const logits = (leftOut: readonly LeftOutMisuse[]): number[] => leftOut.map((prompt) => prompt[name]);
    return calibrateHead(logits(positives(name)), logits(benign), logits(ordinary), FALSE_POSITIVES_PER_HEAD);
  };
  const sizes = countBy(intents, ({ sample }) => sample.intent);
  return {
    harmCalibration: head('harm'),
    attackCalibration: head('attack'),
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

/** Models of which only some are trained; the others say nothing. */
function unfinished({ misuse, intent }: { misuse?: MisuseModels; intent?: QuantisedWeights }): LoadedModels {
  const any = misuse?.harm ?? intent;
  if (any === undefined) throw new Error('Nothing was trained.');
  return toLoaded({
    ...UNCALIBRATED,
    models: {
      harm: misuse?.harm ?? any,
      attack: misuse?.attack ?? any,
      category: misuse?.category ?? any,
      intent: intent ?? any,
    },
  });
}
