import { invalidRequest } from '../../../common/errors/errors.js';
import type { JsonObject } from '../json/json-object.js';
import type { ChatRequest } from './openai-chat/chat-request.js';
import { validateChatRequest } from './openai-chat/chat-request.validator.js';

const DEEPEST_JSON = 256;

/**
 * The request of a dialect that says things in its own way, from the chat completion that it means.
 * @param completionTokensAsked the client's bound in tokens, null if it gave none; its name upstream is the target's
 */
export function translatedRequest(body: JsonObject, completionTokensAsked: number | null): ChatRequest {
  const request = validateChatRequest(body, Buffer.from(JSON.stringify(body)));
  return { ...request, completionTokensAsked, limitFields: [] };
}

/**
 * Writing JSON recurses where reading it does not: a body that is written anew must not be deeper than the stack.
 * @throws DomainError invalid_request
 */
export function refuseDeepJson(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST_JSON) {
      throw invalidRequest(`The request body is nested more than ${DEEPEST_JSON} levels deep.`, {
        code: 'invalid_json_body',
      });
    }
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? (Object.values(item) as unknown[]) : [],
    );
  }
}
