import type { JsonObject } from '../../json/json-object.js';
import type { MeteredCall } from '../../metering/metered-call.js';

/** What the call is billed for, as the AI service's answers tell it. */
export function usageOf(call: MeteredCall): JsonObject {
  const { promptTokens, completionTokens } = call.usage();
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
