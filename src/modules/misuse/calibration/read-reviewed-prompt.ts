import { MISUSE_CATEGORIES } from '../../classification/misuse-categories.js';
import { VERDICTS } from './reviewed-prompt.js';
import type { ReviewedPrompt } from './reviewed-prompt.js';

/** What is read of a line of a calibration file. */
export type CalibrationLine = Pick<ReviewedPrompt, 'verdict' | 'score' | 'category' | 'model_version' | 'excerpt'>;

/** Reads a line of a calibration file. Null: it is none. */
export function readReviewedPrompt(line: string): CalibrationLine | null {
  const { verdict, score, category, model_version, excerpt } = fieldsOf(line);
  const known = VERDICTS.find((one) => one === verdict);
  if (known === undefined || typeof score !== 'number' || !(score >= 0 && score <= 1)) return null;
  if (typeof model_version !== 'string' || (excerpt !== null && typeof excerpt !== 'string')) return null;
  const named = MISUSE_CATEGORIES.find((one) => one === category) ?? null;
  if (named === null && category !== null) return null;
  return { verdict: known, score, category: named, model_version, excerpt };
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
