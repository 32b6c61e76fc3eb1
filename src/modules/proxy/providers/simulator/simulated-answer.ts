import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';

/** What the simulator says to a chat request: one list of tokens for each choice. */
export interface SimulatedAnswer {
  readonly model: string;
  readonly choices: readonly (readonly string[])[];
  readonly finishReason: 'stop' | 'length';
  readonly tellsUsage: boolean;
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  };
}

const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
const LONGEST_QUOTE = 200;

/** Answers a chat request; the same request always has the same answer. Tokens are pieces of up to four characters. */
export function simulate(request: unknown): SimulatedAnswer {
  const { model, messages, n, max_tokens, max_completion_tokens, stream_options } = isJsonObject(request)
    ? request
    : {};
  const text = `[simulator] No provider is configured, so this is a made-up answer. You said: ${lastUserText(messages)}`;
  const tokens = text.match(/[^]{1,4}/gu) ?? [];
  const allowed = Math.min(asLimit(max_tokens), asLimit(max_completion_tokens));
  const said = tokens.slice(0, allowed);
  const choices = Array.from({ length: typeof n === 'number' ? n : 1 }, () => said);
  const promptTokens = tokensOf(messages);
  const completionTokens = said.length * choices.length;
  return {
    model: typeof model === 'string' ? model : 'simulator',
    choices,
    finishReason: said.length < tokens.length ? 'length' : 'stop',
    tellsUsage: isJsonObject(stream_options) && stream_options.include_usage === true,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

function asLimit(value: unknown): number {
  return typeof value === 'number' ? value : Infinity;
}

function tokensOf(messages: unknown): number {
  const bytes = asMessages(messages).reduce((sum, message) => sum + Buffer.byteLength(textOf(message.content)), 0);
  return Math.ceil(bytes / BYTES_PER_TOKEN) + asMessages(messages).length * TOKENS_PER_MESSAGE;
}

function lastUserText(messages: unknown): string {
  const text = textOf(asMessages(messages).findLast((message) => message.role === 'user')?.content);
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function asMessages(messages: unknown): JsonObject[] {
  return Array.isArray(messages) ? (messages as JsonObject[]) : [];
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as JsonObject[]).map((part) => (typeof part.text === 'string' ? part.text : '')).join(' ');
}
