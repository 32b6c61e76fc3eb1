import type { DomainError } from '../../../../common/errors/domain-error.js';
import type { Config } from '../../../../config/config.js';
import type { JsonObject } from '../../json/json-object.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import type { Dialect, WireRequest } from '../dialect.js';
import { FieldReader } from '../field-reader.js';
import { PassThroughEncoder } from '../openai-chat/openai-chat.dialect.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { isUpstreamFailure, reworded } from '../reworded-error.js';
import { dataEvent } from '../sse-bytes.js';
import { refuseDeepJson, translatedRequest } from '../translated-request.js';

const ROLES = ['user', 'assistant', 'system'] as const;

/** `POST /api/chat/stream`: OpenAI's chunks, usage among them, then what the account has left, then [DONE]. */
export const BYTECHAT: Dialect = {
  decode,
  upstreamCall: chatUpstreamCall,
  encode: (context) => new ByteChatEncoder(context),
  explain,
};

class ByteChatEncoder extends PassThroughEncoder {
  override async whole(completion: JsonObject): Promise<Buffer> {
    return Buffer.from(JSON.stringify({ ...completion, token_update: await this.tokenUpdate() }));
  }

  override async end(raw: Buffer): Promise<Buffer> {
    return Buffer.concat([dataEvent(await this.tokenUpdate()), raw]);
  }

  override error(error: DomainError): Buffer {
    return dataEvent({ error: explain(error).message });
  }

  private async tokenUpdate(): Promise<JsonObject> {
    const { promptTokens, completionTokens } = this.context.call.usage();
    const tokensLeft = await this.context.tokensLeft();
    return { type: 'token_update', tokens_left: tokensLeft, tokens_used: promptTokens + completionTokens };
  }
}

function decode({ body }: WireRequest, config: Config): ChatRequest {
  const read = new FieldReader(body);
  const messages = read.list('messages').map((message) => ({
    role: message.oneOf('role', ROLES),
    content: Array.isArray(message.any('content')) ? message.any('content') : message.text('content'),
  }));
  const model = read.text('model', { least: 1, most: 256, otherwise: config.providers.openrouter.defaultModel });
  const temperature = read.number('temperature', { least: 0, most: 1 }, 0.7);
  const maxTokens = read.integer('max_tokens', { least: 1, most: 10_000_000 }, null);
  const stream = read.boolean('stream', true);
  read.finish();
  refuseDeepJson(messages);
  return { ...translatedRequest({ model, messages, temperature, stream }, maxTokens), wantsUsageChunk: true };
}

function explain(error: DomainError): DomainError {
  if (error.kind === 'quota_exceeded') {
    return reworded(error, 'Insufficient tokens. Please contact support to add more tokens.', { status: 403 });
  }
  if (isUpstreamFailure(error)) {
    return reworded(error, `Failed to process chat request: ${error.message}`, { status: 500 });
  }
  return error;
}
