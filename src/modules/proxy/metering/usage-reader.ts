import { isJsonObject } from '../json/json-object.js';

/** What an upstream told of a call's usage. A number that it left out is null. */
export interface ToldUsage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cachedPromptTokens: number;
  readonly reasoningTokens: number;
}

const LARGEST_BELIEVED = 10_000_000;

/**
 * Reads an OpenAI usage object.
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
  ].map((value) => value ?? null);
  if (!numbers.every(isBelievable)) return 'refused';
  const [promptTokens, completionTokens, cached, reasoning] = numbers;
  if (promptTokens === null && completionTokens === null) return undefined;
  return {
    promptTokens,
    completionTokens,
    cachedPromptTokens: Math.min(cached ?? 0, promptTokens ?? 0),
    reasoningTokens: Math.min(reasoning ?? 0, completionTokens ?? 0),
  };
}

function detail(details: unknown, name: string): unknown {
  return isJsonObject(details) ? details[name] : undefined;
}

function isBelievable(value: unknown): value is number | null {
  return value === null || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST_BELIEVED);
}
