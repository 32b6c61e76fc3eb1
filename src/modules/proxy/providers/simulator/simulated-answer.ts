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

/** Answers a chat request or an older completion; the same request always has the same answer. Tokens are pieces of up to four characters. */
export function simulate(request: unknown): SimulatedAnswer {
  const question = isJsonObject(request) ? request : {};
  const { model, n, max_tokens, max_completion_tokens, stream_options } = question;
  const prompts = question.messages === undefined ? promptsOf(question.prompt) : [asMessages(question.messages)];
  const allowed = Math.min(asLimit(max_tokens), asLimit(max_completion_tokens));
  const answers = prompts.map((messages) => tokensOfAnswer(lastUserText(messages)));
  const choices = answers.flatMap((tokens) =>
    Array.from({ length: typeof n === 'number' ? n : 1 }, () => tokens.slice(0, allowed)),
  );
  const promptTokens = prompts.reduce((sum, messages) => sum + tokensOf(messages), 0);
  const completionTokens = choices.reduce((sum, said) => sum + said.length, 0);
  return {
    model: typeof model === 'string' ? model : 'simulator',
    choices,
    finishReason: answers.some((tokens) => tokens.length > allowed) ? 'length' : 'stop',
    tellsUsage: isJsonObject(stream_options) && stream_options.include_usage === true,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

function tokensOfAnswer(question: string): string[] {
  const text = `[simulator] No provider is configured, so this is a made-up answer. You said: ${question}`;
  return text.match(/[^]{1,4}/gu) ?? [];
}

/** A text, a list of texts, a list of tokens, or a list of such lists, each as one message. */
function promptsOf(prompt: unknown): JsonObject[][] {
  const parts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? (prompt as unknown[]) : [prompt];
  return parts.map((part) => [{ role: 'user', content: Array.isArray(part) ? `${part.length} tokens` : part }]);
}

function asLimit(value: unknown): number {
  return typeof value === 'number' ? value : Infinity;
}

function tokensOf(messages: readonly JsonObject[]): number {
  const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(textOf(message.content)), 0);
  return Math.ceil(bytes / BYTES_PER_TOKEN) + messages.length * TOKENS_PER_MESSAGE;
}

function lastUserText(messages: readonly JsonObject[]): string {
  const text = textOf(messages.findLast((message) => message.role === 'user')?.content);
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
