import { chatUpstreamCall } from '../chat-upstream-call.js';
import { textOf } from '../completion-reader.js';
import type { Dialect, WireRequest } from '../dialect.js';
import { FieldReader } from '../field-reader.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { TokenStreamEncoder } from '../token-stream.encoder.js';
import { translatedRequest } from '../translated-request.js';
import { explainAiServiceError } from './ai-service-errors.js';
import { usageOf } from './ai-service-usage.js';

const DEFAULT_MODEL = 'gpt-3.5-turbo';
const ROLES = ['system', 'user', 'assistant'] as const;

/** `POST /api/v1/chat`. */
export const AI_SERVICE_CHAT = dialect(false);
/** `POST /api/v1/chat/stream`. */
export const AI_SERVICE_CHAT_STREAM = dialect(true);

function dialect(stream: boolean): Dialect {
  return {
    decode: (request) => decode(request, stream),
    upstreamCall: chatUpstreamCall,
    encode: ({ call }) =>
      new TokenStreamEncoder(
        (completion) => ({
          message: { role: 'assistant', content: textOf(completion) },
          model: call.route.model,
          usage: usageOf(call),
        }),
        (text) => ({ done: true, full_text: text }),
        explainAiServiceError,
      ),
    explain: explainAiServiceError,
  };
}

function decode({ body }: WireRequest, stream: boolean): ChatRequest {
  const read = new FieldReader(body);
  const messages = read.list('messages', { most: 50 }).map((message) => ({
    role: message.oneOf('role', ROLES),
    content: message.text('content', { least: 1, most: 10_000 }),
  }));
  const model = read.text('model', { least: 1, most: 256, otherwise: DEFAULT_MODEL });
  const maxTokens = read.integer('max_tokens', { least: 1, most: 4_000 }, 1_000);
  const temperature = read.number('temperature', { least: 0, most: 2 }, 0.7);
  read.finish();
  return translatedRequest({ model, messages, temperature, stream }, maxTokens);
}
