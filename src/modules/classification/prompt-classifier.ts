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
export const INTENT_FLOOR = 0.2;

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
}

/** The surest part of a long text counts, when it is surer than the whole by a margin. */
export function misuseLogits(models: LoadedModels, reading: PromptReading, whole: FeatureSet): MisuseLogits {
  const logits = headLogits(models, whole);
  for (let at = 0; at < reading.partCount; at++) {
    const part = headLogits(models, reading.partFeatures(at));
    logits.harm = Math.max(logits.harm, part.harm - models.partMargin);
    logits.attack = Math.max(logits.attack, part.attack - models.partMargin);
  }
  return logits;
}

function headLogits(models: LoadedModels, features: FeatureSet): MisuseLogits {
  return { harm: models.harm.logits(features)[0], attack: models.attack.logits(features)[0] };
}

function intentVerdict(models: LoadedModels, { window }: PromptReading, features: FeatureSet): IntentVerdict {
  const probabilities = softmax(models.intent.logits(features), models.intentTemperature);
  const best = indexOfGreatest(probabilities);
  const confidence = probabilities[best];
  if (confidence < INTENT_FLOOR) return UNKNOWN_INTENT;
  return { intent: INTENTS[best], guardIntent: guardIntentOf(INTENTS[best], window), confidence };
}

function misuseVerdict(models: LoadedModels, reading: PromptReading, whole: FeatureSet): MisuseVerdict {
  const heads = misuseHeads(models, misuseLogits(models, reading, whole));
  const score = misuseScore(heads);
  if (score < CATEGORY_FLOOR) return { score, category: null, heads };
  return { score, category: likeliest(models.category.logits(reading.features()), heads), heads };
}

export function misuseHeads(
  { harmCalibration, attackCalibration }: Pick<LoadedModels, 'harmCalibration' | 'attackCalibration'>,
  { harm, attack }: Pick<MisuseLogits, 'harm' | 'attack'>,
): MisuseVerdict['heads'] {
  return { harm: calibrated(harm, harmCalibration), attack: calibrated(attack, attackCalibration) };
}

/** That one head or the other is right. */
export function misuseScore({ harm, attack }: MisuseVerdict['heads']): number {
  return 1 - (1 - harm) * (1 - attack);
}

/** The likeliest category of the surer head. */
function likeliest(logits: readonly number[], { harm, attack }: MisuseVerdict['heads']): MisuseCategory {
  const isAttack = attack > harm;
  const candidates = logits.map((logit, at) =>
    ATTACK_CATEGORIES.has(MISUSE_CATEGORIES[at]) === isAttack ? logit : -Infinity,
  );
  return MISUSE_CATEGORIES[indexOfGreatest(candidates)];
}
