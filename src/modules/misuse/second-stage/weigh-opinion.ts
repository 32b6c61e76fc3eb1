import { ATTACKS_OF_AN_ATTACKER, FLAGGED_FROM } from '../behaviour/calibration.js';
import { coversCategory } from './moderation-categories.js';
import type { Examination, LocalVerdict, Outcome } from './opinion.js';

const SURE_FROM = 0.7;
const CLEAN_BELOW = 0.1;

/**
 * How much likelier each outcome is for an attack than for an honest prompt that the local classifiers flagged. Assumed,
 * as there are no answers to measure it on: eight of ten attacks are confirmed and one is cleared, and the other way round
 * for honest prompts.
 */
const LIKELIHOOD_RATIOS: Readonly<Record<Outcome, number>> = { confirms: 8, unsure: 1, clears: 1 / 8 };

/**
 * What an examination says of a flagged prompt. The moderation endpoint may confirm harm, or clear the prompt of it when
 * it looks for harm of that kind. The language model reads the text, and whoever wrote the text may have written it for
 * that reader: so the model can only speak against a prompt, and a prompt that looks like an attack on a model is cleared
 * by nobody.
 */
export function outcomeOf({ moderation, model }: Examination, local: LocalVerdict): Outcome {
  const isAttempt = model.injection === 'attempt' && model.confidence >= SURE_FROM;
  if (isAttempt || moderation.score >= SURE_FROM) return 'confirms';
  const isClean = moderation.score < CLEAN_BELOW && model.injection === 'none';
  const isCovered = coversCategory(moderation.scored, local.category);
  return isClean && isCovered && !looksLikeAttack(local) ? 'clears' : 'unsure';
}

/** A prompt may be flagged though neither head is that sure: the score is of both together. Then the surer one counts. */
function looksLikeAttack({ harm, attack }: LocalVerdict): boolean {
  return attack >= FLAGGED_FROM || attack > harm;
}

/** The weight of a flagged prompt, in nats, once both verdicts are known. Never below 0. */
export function weightWith(outcome: Outcome, localWeight: number): number {
  const ratio = LIKELIHOOD_RATIOS[outcome];
  if (ratio === 1) return localWeight;
  // A weight is ln(share * r + 1 - share), where r is how much likelier the prompt is for an attack. The outcome
  // multiplies that r.
  const honest = 1 - ATTACKS_OF_AN_ATTACKER;
  return Math.max(0, Math.log((Math.exp(localWeight) - honest) * ratio + honest));
}
