import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { spliceJsonObject } from '../../json/json-splice.js';
import type { UpstreamCall } from '../../providers/provider.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import type { Dialect, TargetTerms, WireRequest } from '../dialect.js';
import { promptText } from '../openai-chat/prompt-text.js';
import { STRIPPED_FIELDS } from '../openai-chat/upstream-body.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import {
  checkNumber,
  isGiven,
  MAX_TOKENS_BOUND,
  missing,
  optionalBoolean,
  positiveInteger,
  requireJsonBody,
  requireModel,
} from '../openai-fields.js';
import { refuseDeepJson, translatedRequest } from '../translated-request.js';
import { chatMessagesOf, refuseFieldsOfOthers } from './chat-messages.js';
import { chatToolsOf } from './chat-tools.js';
import { estimateMessages } from './estimate-messages.js';
import { MessageEncoder } from './message.encoder.js';
import { NativeMessageEncoder } from './native-message.encoder.js';

interface MessagesRequest extends ChatRequest {
  /** The body's bytes in Anthropic's own format. */
  readonly nativeBody: Buffer;
  /** What the client told Anthropic beside the body. */
  readonly nativeHeaders: Readonly<Record<string, string>>;
}

/** Anthropic's Messages API: passed through to Anthropic, translated for everybody else. */
export const ANTHROPIC_MESSAGES: Dialect = {
  decode,
  upstreamCall,
  encode: (context) => (context.format === 'messages' ? new NativeMessageEncoder() : new MessageEncoder(context)),
  explain: (error) => error,
};

function decode({ body: sent, rawBody: sentBytes, headers }: WireRequest): MessagesRequest {
  const { body, rawBody } = requireJsonBody(sent, sentBytes);
  refuseDeepJson(body);
  refuseFieldsOfOthers(body);
  const model = requireModel(body.model);
  if (!isGiven(body.max_tokens)) throw missing('max_tokens');
  const maxTokens = positiveInteger(body.max_tokens, 'max_tokens', MAX_TOKENS_BOUND);
  const stream = optionalBoolean(body.stream, 'stream') ?? false;
  checkNumber(body.temperature, 'temperature', 0, 1);
  const chat = translatedRequest(
    {
      model,
      messages: chatMessagesOf(body),
      stream,
      ...chatToolsOf(body),
      ...(isGiven(body.temperature) && { temperature: body.temperature }),
      ...(isGiven(body.top_p) && { top_p: body.top_p }),
      ...(Array.isArray(body.stop_sequences) && body.stop_sequences.length > 0 && { stop: body.stop_sequences }),
      ...userOf(body.metadata),
    },
    maxTokens,
  );
  const prompt = { text: promptText(chat), estimate: estimateMessages(body, chat) };
  const beta = headers['anthropic-beta'];
  const nativeHeaders: Record<string, string> = beta === undefined ? {} : { 'anthropic-beta': String(beta) };
  return { ...chat, prompt, nativeBody: rawBody, nativeHeaders };
}

function userOf(metadata: unknown): JsonObject {
  return isJsonObject(metadata) && typeof metadata.user_id === 'string' ? { user: metadata.user_id } : {};
}

function upstreamCall(request: ChatRequest, target: TargetTerms): UpstreamCall | undefined {
  if (!target.provider.speaks('messages')) return chatUpstreamCall(request, target);
  const set = { model: JSON.stringify(target.upstreamModel), max_tokens: String(target.completionTokensAllowed) };
  const { nativeBody, nativeHeaders } = request as MessagesRequest;
  const body = spliceJsonObject(nativeBody, { set, remove: STRIPPED_FIELDS });
  return { format: 'messages', stream: request.stream, body, headers: nativeHeaders };
}
