import { invalidValue, isGiven, missing } from '../openai-fields.js';
import type { PlainPrompt } from '../openai-chat/chat-request.js';

/** Prompts of one request, each a text or a list of token ids. */
export type PromptPart = string | readonly number[];

const TOKENS_PER_PROMPT = 8;
const LIKELY_BYTES_PER_TOKEN = 4;
const SEPARATOR = '\n';

/**
 * Reads a prompt of the older completions, or the input of embeddings: a text, token ids, or a list of either.
 * @param name of the field
 * @throws DomainError invalid_request
 */
export function promptParts(value: unknown, name: string): PromptPart[] {
  if (!isGiven(value)) throw missing(name);
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.length > 0) {
    if (isTokenIds(value)) return [value];
    if (value.every((part) => typeof part === 'string' || isTokenIds(part))) return value;
  }
  throw invalidValue(name, 'must be a string, an array of strings, or token ids', 'invalid_type');
}

/** No tokeniser in use makes more than one token of a byte of text; a token id is one token. */
export function plainPrompt(parts: readonly PromptPart[]): PlainPrompt {
  let reserved = 0;
  let counted = 0;
  const texts: string[] = [];
  for (const part of parts) {
    if (typeof part === 'string') {
      const bytes = Buffer.byteLength(part);
      reserved += bytes + TOKENS_PER_PROMPT;
      counted += Math.ceil(bytes / LIKELY_BYTES_PER_TOKEN);
      texts.push(part);
    } else {
      reserved += part.length + TOKENS_PER_PROMPT;
      counted += part.length;
    }
  }
  return { text: texts.join(SEPARATOR), estimate: { reserved, counted } };
}

function isTokenIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id));
}
