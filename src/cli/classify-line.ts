import { classifyPrompt } from '../modules/classification/prompt-classifier.js';

export interface ClassifiedLine {
  readonly json: string;
  readonly isError: boolean;
}

const DECIMALS = 6;

/**
 * Says in JSON what the prompt of a line {"text"} is: misuse score 0 to 1, misuse category or "none", intent or
 * "unknown", and the confidence in the intent, 0 to 1. Or {"error"} when it is no such line.
 * @param number of the line, from 1
 */
export function classifyLine(line: string, number: number): ClassifiedLine {
  const text = textOf(line);
  if (text === undefined) {
    const error = `line ${String(number)} is not a JSON object with a string "text"`;
    return { json: JSON.stringify({ error }), isError: true };
  }
  const { misuse, intent, confidence } = classifyPrompt(text);
  const json = JSON.stringify({
    score: rounded(misuse.score),
    category: misuse.category ?? 'none',
    intent,
    confidence: rounded(confidence),
  });
  return { json, isError: false };
}

function textOf(line: string): string | undefined {
  try {
    const fields = JSON.parse(line) as { text?: unknown } | null;
    return typeof fields?.text === 'string' ? fields.text : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const rounded = (share: number): number => Number(share.toFixed(DECIMALS));
