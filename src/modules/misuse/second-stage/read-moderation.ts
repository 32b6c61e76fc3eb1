import { InvalidAnswer } from './invalid-answer.js';
import { MODERATION_CATEGORIES } from './moderation-categories.js';
import type { ModerationCategory } from './moderation-categories.js';
import type { ModerationView } from './opinion.js';

/** Reads an answer of the moderation endpoint. @throws InvalidAnswer unless it is exactly of the documented shape */
export function readModeration(answer: unknown): ModerationView {
  const results = field(answer, 'results');
  if (!Array.isArray(results) || results.length !== 1) throw new InvalidAnswer('one moderation result');
  const scores = field(results[0], 'category_scores');
  const scored: ModerationCategory[] = [];
  let [score, category] = [0, MODERATION_CATEGORIES[0] as ModerationCategory];
  for (const known of MODERATION_CATEGORIES) {
    const ofKnown = field(scores, known);
    // Older moderation models have fewer categories.
    if (ofKnown === undefined) continue;
    if (typeof ofKnown !== 'number' || !(ofKnown >= 0 && ofKnown <= 1))
      throw new InvalidAnswer('moderation scores of 0 to 1');
    scored.push(known);
    if (ofKnown > score) [score, category] = [ofKnown, known];
  }
  if (scored.length === 0) throw new InvalidAnswer('known moderation categories');
  return { score, category, scored };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw new InvalidAnswer(`an object with ${name}`);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
