import type OpenAI from 'openai';
import { INTENTS } from '../../classification/intents.js';
import { InvalidAnswer } from './invalid-answer.js';
import { INJECTIONS } from './opinion.js';
import type { ModelView } from './opinion.js';

const LONGEST_ANSWER = 1_000;
const FIELDS = 'confidence,injection,intent,receipt';

/**
 * Reads the model's answer to a question. Anything but a complete answer of the one form with this receipt is no answer.
 * @throws InvalidAnswer
 */
export function readModelAnswer(completion: OpenAI.ChatCompletion, receipt: string): ModelView {
  const { confidence, injection, intent, ...rest } = fieldsOf(contentOf(completion));
  if (rest.receipt !== receipt) throw new InvalidAnswer('the receipt of the question');
  if (!isOneOf(INTENTS, intent)) throw new InvalidAnswer('a known intent');
  if (!isOneOf(INJECTIONS, injection)) throw new InvalidAnswer('a known word for injection');
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
    throw new InvalidAnswer('a confidence of 0 to 1');
  }
  return { intent, injection, confidence };
}

/** What a provider sends is not what its types promise. */
function contentOf(completion: unknown): string {
  const choices = (completion as { choices?: unknown } | null)?.choices;
  const choice: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined;
  const { finish_reason: end, message } = (choice ?? {}) as {
    finish_reason?: unknown;
    message?: { content?: unknown };
  };
  const content = message?.content;
  if (end !== 'stop' || typeof content !== 'string') throw new InvalidAnswer('one complete answer');
  if (content.length > LONGEST_ANSWER) throw new InvalidAnswer('a short answer');
  return content;
}

function fieldsOf(content: string): Record<string, unknown> {
  const parsed = parse(content);
  if (typeof parsed !== 'object' || parsed === null || Object.keys(parsed).sort().join() !== FIELDS) {
    throw new InvalidAnswer(`the fields ${FIELDS}`);
  }
  return parsed as Record<string, unknown>;
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidAnswer('JSON');
    throw error;
  }
}

function isOneOf<T extends string>(words: readonly T[], word: unknown): word is T {
  return (words as readonly unknown[]).includes(word);
}
