import { isJsonObject } from '../json/json-object.js';

/** What an upstream told of a call's usage. A number that it left out is null. */
export interface ToldUsage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cachedPromptTokens: number;
  readonly reasoningTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
}

const LARGEST_BELIEVED = 10_000_000;

/**
 * Reads an OpenAI usage object. Some upstreams tell there what the prompt wrote to their cache; our own translation of
 * Anthropic's usage also tells what of it stays for an hour.
 * @returns undefined when there is none; `refused` when a number in it is negative, not an integer or above 10 million:
 *   then nothing of it is believed, and the usage is counted instead
 */
export function readUsage(usage: unknown): ToldUsage | 'refused' | undefined {
  if (!isJsonObject(usage)) return undefined;
  const numbers = [
    usage.prompt_tokens,
    usage.completion_tokens,
    detail(usage.prompt_tokens_details, 'cached_tokens'),
    detail(usage.completion_tokens_details, 'reasoning_tokens'),
    detail(usage.prompt_tokens_details, 'cache_write_tokens'),
    detail(usage.prompt_tokens_details, 'cache_write_1h_tokens'),
  ].map((value) => value ?? null);
  if (!numbers.every(isBelievable)) return 'refused';
  const [promptTokens, completionTokens, cached, reasoning, written, written1h] = numbers;
  if (promptTokens === null && completionTokens === null) return undefined;
  const cachedPromptTokens = Math.min(cached ?? 0, promptTokens ?? 0);
  const cacheWriteTokens = Math.min(written ?? 0, (promptTokens ?? 0) - cachedPromptTokens);
  const cacheWrite1hTokens = Math.min(written1h ?? 0, cacheWriteTokens);
  return {
    promptTokens,
    completionTokens,
    cachedPromptTokens,
    reasoningTokens: Math.min(reasoning ?? 0, completionTokens ?? 0),
    cacheWrite5mTokens: cacheWriteTokens - cacheWrite1hTokens,
    cacheWrite1hTokens,
  };
}

function detail(details: unknown, name: string): unknown {
  return isJsonObject(details) ? details[name] : undefined;
}

function isBelievable(value: unknown): value is number | null {
  return value === null || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST_BELIEVED);
}
