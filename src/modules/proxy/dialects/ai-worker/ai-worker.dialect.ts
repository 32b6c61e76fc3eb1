import type { DomainError } from '../../../../common/errors/domain-error.js';
import { invalidRequest } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import { textOf } from '../completion-reader.js';
import type { Dialect, WireRequest } from '../dialect.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { isUpstreamFailure, reworded } from '../reworded-error.js';
import { TokenStreamEncoder } from '../token-stream.encoder.js';
import { refuseDeepJson, translatedRequest } from '../translated-request.js';

/** The one model of the AI worker API; a body may name another. */
const MODEL = '@cf/meta/llama-3-8b-instruct';

/** `POST /chat/completions`: messages in, `{response}` out. */
export const AI_WORKER_CHAT: Dialect = {
  decode,
  upstreamCall: chatUpstreamCall,
  encode: () =>
    new TokenStreamEncoder(
      (completion) => ({ response: textOf(completion) }),
      (response) => ({ response }),
      explain,
    ),
  explain,
};

function decode({ body }: WireRequest): ChatRequest {
  if (!isJsonObject(body) || !Array.isArray(body.messages)) {
    throw invalidRequest('Invalid request format. Messages array is required.', { param: 'messages' });
  }
  refuseDeepJson(body.messages);
  return translatedRequest({ model: body.model ?? MODEL, messages: body.messages, stream: false }, null);
}

function explain(error: DomainError): DomainError {
  if (!isUpstreamFailure(error)) return error;
  return reworded(error, 'Internal server error', { status: 500, facts: { details: error.message } });
}
