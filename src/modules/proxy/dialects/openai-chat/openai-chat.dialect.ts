import type { DomainError } from '../../../../common/errors/domain-error.js';
import { openAiError } from '../../../../common/errors/render-error.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import type { AnswerContext, AnswerEncoder, Dialect } from '../dialect.js';
import { dataEvent } from '../sse-bytes.js';
import { validateChatRequest } from './chat-request.validator.js';

/** OpenAI's chat completions. The answer's bytes pass through as they came. */
export const OPENAI_CHAT: Dialect = {
  decode: ({ body, rawBody }) => validateChatRequest(body, rawBody),
  upstreamCall: chatUpstreamCall,
  encode: (context) => new PassThroughEncoder(context),
  explain: (error) => error,
};

/** Passes on what the upstream sent, but for a usage chunk that nobody asked for. */
export class PassThroughEncoder implements AnswerEncoder {
  constructor(protected readonly context: AnswerContext) {}

  whole(_answer: JsonObject, bytes: Buffer): Buffer | Promise<Buffer> {
    return bytes;
  }

  chunk(chunk: JsonObject, raw: Buffer): Buffer | null {
    return isUsageChunk(chunk) && !this.context.call.request.wantsUsageChunk ? null : raw;
  }

  comment(raw: Buffer): Buffer | null {
    return raw;
  }

  end(raw: Buffer): Buffer | Promise<Buffer> {
    return raw;
  }

  /** SDKs throw on it. */
  error(error: DomainError): Buffer {
    return dataEvent({ error: openAiError(error) });
  }
}

/** The chunk that only tells usage: clients that did not ask for it would trip over its empty choices. */
function isUsageChunk(chunk: JsonObject): boolean {
  return Array.isArray(chunk.choices) && chunk.choices.length === 0 && isJsonObject(chunk.usage);
}
