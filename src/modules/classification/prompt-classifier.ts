import type { FeatureSet } from './features/feature-set.js';
import { guardIntentOf } from './guard-intent.js';
import { INTENTS, UNKNOWN_INTENT } from './intents.js';
import type { IntentVerdict } from './intents.js';
import { ATTACK_CATEGORIES, CATEGORY_FLOOR, MISUSE_CATEGORIES } from './misuse-categories.js';
import type { MisuseCategory, MisuseVerdict } from './misuse-categories.js';
import type { MisuseLogits } from './model/misuse-heads.js';
import { trainedModels } from './model/models.js';
import type { LoadedModels } from './model/models.js';
import { calibrated, indexOfGreatest, softmax } from './model/probabilities.js';
import { readPrompt } from './prompt-reading.js';
import type { PromptReading } from './prompt-reading.js';

/** Below this probability nobody should rely on the intent; below `UNSURE_MODEL` when no word and no rule speaks for it. */
export const INTENT_FLOOR = 0.25;
/** A rule this sure decides where the model is not: it knows few words of most languages. */
const SURE_RULE = 0.95;
const UNSURE_MODEL = 0.5;

export interface PromptVerdict extends IntentVerdict {
  readonly misuse: MisuseVerdict;
}

const HARMLESS: MisuseVerdict = { score: 0, category: null, heads: { harm: 0, attack: 0 } };

/** Says what a prompt is for and whether it is misuse. Pure; takes time for a bounded part of the text. */
export function classifyPrompt(text: string): PromptVerdict {
  return classifyWith(trainedModels(), text);
}

/** The same with other models than the trained ones. */
export function classifyWith(models: LoadedModels, text: string): PromptVerdict {
  const reading = readPrompt(text);
  if (!reading.hasWords) return { ...UNKNOWN_INTENT, misuse: HARMLESS };
  const { whole, ...logits } = misuseLogits(models, reading);
  return { ...intentVerdict(models, reading, whole), misuse: misuseVerdict(models, logits, whole) };
}

/**
 * The surest part of a long text counts, when it is surer than the whole by a margin.
 * @returns `whole` too: the features of the whole, valid until others are asked for
 */
export function misuseLogits(
  { heads, partMargin }: Pick<LoadedModels, 'heads' | 'partMargin'>,
  reading: PromptReading,
): MisuseLogits & { whole: FeatureSet } {
  const parts: MisuseLogits[] = [];
  for (let at = 0; at < reading.partCount; at++) parts.push(heads.logits(reading.partFeatures(at)));
  const whole = reading.features();
  const ofWhole = heads.logits(whole);
  const surest = (name: keyof MisuseLogits): number =>
    parts.reduce((most, part) => Math.max(most, part[name] - partMargin), ofWhole[name]);
  return { harm: surest('harm'), attack: surest('attack'), misuse: surest('misuse'), whole };
}

function intentVerdict(models: LoadedModels, { window, rule }: PromptReading, features: FeatureSet): IntentVerdict {
  const probabilities = softmax(models.intent.logits(features, features.wordCount), models.intentTemperature);
  const best = indexOfGreatest(probabilities);
  const isRuled = rule !== undefined && rule.confidence >= SURE_RULE && probabilities[best] < UNSURE_MODEL;
  const intent = isRuled ? rule.intent : INTENTS[best];
  const confidence = isRuled ? UNSURE_MODEL : probabilities[best];
  const isGuess = rule === undefined && features.telling === 0;
  if (confidence < (isGuess ? UNSURE_MODEL : INTENT_FLOOR)) return UNKNOWN_INTENT;
  return { intent, guardIntent: guardIntentOf(intent, window), confidence };
}

function misuseVerdict(models: LoadedModels, logits: MisuseLogits, whole: FeatureSet): MisuseVerdict {
  const { score, heads } = calibratedMisuse(models, logits);
  if (score < CATEGORY_FLOOR) return { score, category: null, heads };
  return { score, category: likeliest(models.category.logits(whole), heads), heads };
}

/** Score and heads as probabilities. */
export function calibratedMisuse(
  calibrations: Pick<LoadedModels, 'harmCalibration' | 'attackCalibration' | 'misuseCalibration'>,
  { harm, attack, misuse }: MisuseLogits,
): Pick<MisuseVerdict, 'score' | 'heads'> {
  return {
    score: calibrated(misuse, calibrations.misuseCalibration),
    heads: {
      harm: calibrated(harm, calibrations.harmCalibration),
      attack: calibrated(attack, calibrations.attackCalibration),
    },
  };
}

/** The likeliest category of the surer head. */
function likeliest(logits: readonly number[], { harm, attack }: MisuseVerdict['heads']): MisuseCategory {
  const isAttack = attack > harm;
  const candidates = logits.map((logit, at) =>
    ATTACK_CATEGORIES.has(MISUSE_CATEGORIES[at]) === isAttack ? logit : -Infinity,
  );
  return MISUSE_CATEGORIES[indexOfGreatest(candidates)];
}
