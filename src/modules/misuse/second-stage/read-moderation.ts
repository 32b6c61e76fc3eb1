import { InvalidAnswer } from './invalid-answer.js';
import type { ModerationView } from './opinion.js';

/** The categories that are misuse. Texts about oneself in need, such as self-harm, are none. */
const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm/instructions',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const;

/** Reads an answer of the moderation endpoint. @throws InvalidAnswer unless it is exactly of the documented shape */
export function readModeration(answer: unknown): ModerationView {
  const results = field(answer, 'results');
  if (!Array.isArray(results) || results.length !== 1) throw new InvalidAnswer('one moderation result');
  const scores = field(results[0], 'category_scores');
  let surest: ModerationView = { score: 0, category: CATEGORIES[0] };
  let known = 0;
  for (const category of CATEGORIES) {
    const score = field(scores, category);
    // Older moderation models have fewer categories.
    if (score === undefined) continue;
    if (typeof score !== 'number' || !(score >= 0 && score <= 1))
      throw new InvalidAnswer('moderation scores of 0 to 1');
    known += 1;
    if (score > surest.score) surest = { score, category };
  }
  if (known === 0) throw new InvalidAnswer('known moderation categories');
  return surest;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw new InvalidAnswer(`an object with ${name}`);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
