import type { DomainError } from '../../../../common/errors/domain-error.js';
import type { JsonObject } from '../../json/json-object.js';
import type { MeteredCall } from '../../metering/metered-call.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import { textOf } from '../completion-reader.js';
import type { AnswerContext, Dialect, WireRequest } from '../dialect.js';
import { FieldReader } from '../field-reader.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { isUpstreamFailure, reworded } from '../reworded-error.js';
import { TokenStreamEncoder } from '../token-stream.encoder.js';
import { translatedRequest } from '../translated-request.js';

const DEFAULT_MODEL = '@cf/meta/llama-3.1-8b-instruct';
const ROLES = ['system', 'user', 'assistant'] as const;

/** `POST /api/ai/chat`: the whole answer, whatever the body's `stream` says. */
export const CLOUDFLARE_CHAT = dialect(false);
/** `POST /api/ai/chat/stream`. */
export const CLOUDFLARE_CHAT_STREAM = dialect(true);

function dialect(stream: boolean): Dialect {
  return {
    decode: (request) => decode(request, stream),
    upstreamCall: chatUpstreamCall,
    encode: ({ call }: AnswerContext) => {
      const body = (completion: JsonObject) => ({ model: call.route.model, ...answerOf(textOf(completion), call) });
      const lastFrame = (text: string) => ({
        done: true,
        tokens: { ...answerOf(text, call), response_time_ms: call.elapsedMs() },
      });
      return new TokenStreamEncoder(body, lastFrame, explain);
    },
    explain,
  };
}

function decode({ body }: WireRequest, stream: boolean): ChatRequest {
  const read = new FieldReader(body);
  const messages = read.list('messages').map((message) => {
    const role = message.oneOf('role', ROLES);
    const content = message.text('content');
    const image = message.text('image', { otherwise: '' });
    return { role, content: image === '' ? content : withImage(content, image) };
  });
  const model = read.text('model', { least: 1, most: 256, otherwise: DEFAULT_MODEL });
  const temperature = read.number('temperature', { least: 0, most: 2 }, 0.7);
  const maxTokens = read.integer('max_tokens', { least: 1, most: 10_000 }, 2_048);
  read.boolean('stream', false);
  read.finish();
  return translatedRequest({ model, messages, temperature, stream }, maxTokens);
}

/** @param image base64, with or without the head of a data URL */
function withImage(text: string, image: string): JsonObject[] {
  const url = image.startsWith('data:') ? image : `data:image/jpeg;base64,${image}`;
  return [
    { type: 'text', text },
    { type: 'image_url', image_url: { url } },
  ];
}

function answerOf(response: string, call: MeteredCall): JsonObject {
  const { promptTokens, completionTokens } = call.usage();
  return {
    response,
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function explain(error: DomainError, request?: ChatRequest): DomainError {
  const { code, facts = {} } = error.details;
  if (code === 'model_not_found') {
    const message = `Model '${request?.model ?? ''}' not found. Please select from available models.`;
    return reworded(error, message, { status: 400 });
  }
  if (error.kind === 'quota_exceeded') {
    const numbers = `Limit: ${String(facts.limit)}, used: ${String(facts.used)}.`;
    const need = `This call needs at least ${String(facts.needed)}.`;
    return reworded(error, `${String(facts.limit_name)} exceeded. ${numbers} ${resetOf(facts.resets_at)} ${need}`);
  }
  if (isUpstreamFailure(error)) return reworded(error, `AI request failed: ${error.message}`, { status: 500 });
  return error;
}

function resetOf(resetsAt: unknown): string {
  if (typeof resetsAt !== 'string') return 'It does not reset.';
  if (!resetsAt.endsWith('T00:00:00.000Z')) return `Resets at ${resetsAt}.`;
  return resetsAt.includes('-01T') ? `Resets on 1st of next month (${resetsAt}).` : 'Resets at midnight UTC.';
}
