import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';

/**
 * Anthropic's usage in OpenAI's terms: input tokens there leave out what was read from or written to the cache, prompt
 * tokens here include it. A number that cannot be true stays visible, so that it is refused as such.
 */
export function completionUsage(usage: unknown): JsonObject | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { input_tokens: input, output_tokens: output } = usage;
  const { cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWritten } = usage;
  const prompt = sum([input, cacheRead, cacheWritten]);
  return {
    prompt_tokens: prompt,
    completion_tokens: output ?? null,
    total_tokens: sum([prompt, output]),
    prompt_tokens_details: { cached_tokens: cacheRead ?? 0 },
  };
}

/** The sum of what is there, null when nothing is. A value that no sum may hide is returned instead. */
function sum(values: readonly unknown[]): unknown {
  const given = values.filter((value) => value !== undefined && value !== null);
  if (given.length === 0) return null;
  let total = 0;
  for (const value of given) {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return value;
    total += value;
  }
  return total;
}
