import type { FeatureSet } from './features/feature-set.js';
import { guardIntentOf } from './guard-intent.js';
import { INTENTS, UNKNOWN_INTENT } from './intents.js';
import type { IntentVerdict } from './intents.js';
import { ATTACK_CATEGORIES, CATEGORY_FLOOR, MISUSE_CATEGORIES } from './misuse-categories.js';
import type { MisuseCategory, MisuseVerdict } from './misuse-categories.js';
import { trainedModels } from './model/models.js';
import type { LoadedModels } from './model/models.js';
import { calibrated, indexOfGreatest, softmax } from './model/probabilities.js';
import { readPrompt } from './prompt-reading.js';
import type { PromptReading } from './prompt-reading.js';

/** Below this probability nobody should rely on the intent. */
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
  const whole = reading.features();
  const intent = intentVerdict(models, reading, whole);
  return { ...intent, misuse: misuseVerdict(models, reading, whole) };
}

/** What the misuse heads say before calibration. */
export interface MisuseLogits {
  harm: number;
  attack: number;
  /** Of misuse of either kind: mean of the surer head and a model that was trained on both kinds. */
  misuse: number;
}

/** The surest part of a long text counts, when it is surer than the whole by a margin. */
export function misuseLogits(models: MisuseHeads, reading: PromptReading, whole: FeatureSet): MisuseLogits {
  const logits = headLogits(models, whole);
  for (let at = 0; at < reading.partCount; at++) {
    const part = headLogits(models, reading.partFeatures(at));
    logits.harm = Math.max(logits.harm, part.harm - models.partMargin);
    logits.attack = Math.max(logits.attack, part.attack - models.partMargin);
    logits.misuse = Math.max(logits.misuse, part.misuse - models.partMargin);
  }
  return logits;
}

type MisuseHeads = Pick<LoadedModels, 'harm' | 'attack' | 'misuse' | 'partMargin'>;

function headLogits(models: MisuseHeads, features: FeatureSet): MisuseLogits {
  const harm = models.harm.logits(features)[0];
  const attack = models.attack.logits(features)[0];
  return { harm, attack, misuse: (models.misuse.logits(features)[0] + Math.max(harm, attack)) / 2 };
}

function intentVerdict(models: LoadedModels, { window, rule }: PromptReading, features: FeatureSet): IntentVerdict {
  const probabilities = softmax(models.intent.logits(features), models.intentTemperature);
  const best = indexOfGreatest(probabilities);
  const isRuled = rule !== undefined && rule.confidence >= SURE_RULE && probabilities[best] < UNSURE_MODEL;
  const intent = isRuled ? rule.intent : INTENTS[best];
  const confidence = isRuled ? UNSURE_MODEL : probabilities[best];
  if (confidence < INTENT_FLOOR) return UNKNOWN_INTENT;
  return { intent, guardIntent: guardIntentOf(intent, window), confidence };
}

function misuseVerdict(models: LoadedModels, reading: PromptReading, whole: FeatureSet): MisuseVerdict {
  const { score, heads } = calibratedMisuse(models, misuseLogits(models, reading, whole));
  if (score < CATEGORY_FLOOR) return { score, category: null, heads };
  return { score, category: likeliest(models.category.logits(reading.features()), heads), heads };
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
