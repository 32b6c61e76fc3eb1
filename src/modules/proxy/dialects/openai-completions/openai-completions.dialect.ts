import type { JsonObject } from '../../json/json-object.js';
import type { UpstreamCall } from '../../providers/provider.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import type { Dialect, TargetTerms, WireRequest } from '../dialect.js';
import { PassThroughEncoder } from '../openai-chat/openai-chat.dialect.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { upstreamBody } from '../openai-chat/upstream-body.js';
import {
  checkNumber,
  invalidValue,
  isGiven,
  MAX_TOKENS_BOUND,
  optionalBoolean,
  positiveInteger,
  readStreamOptions,
  requireJsonBody,
  requireModel,
} from '../openai-fields.js';
import { translatedRequest } from '../translated-request.js';
import { plainPrompt, promptParts } from './prompt-parts.js';
import { TextCompletionEncoder } from './text-completion.encoder.js';

/** What OpenAI takes when a request names no limit. */
const DEFAULT_MAX_TOKENS = 16;
const MOST_CHOICES = 128;
const MOST_PROMPTS = 2_048;
/** Fields that mean the same in a chat completion. */
const SHARED_FIELDS = ['temperature', 'top_p', 'stop', 'seed', 'user', 'presence_penalty', 'frequency_penalty'];

interface CompletionRequest extends ChatRequest {
  /** The same as a chat, for providers that know only chats; undefined when it cannot be said so. */
  readonly chatBody: JsonObject | undefined;
}

/** OpenAI's older completions: passed through where the provider has them, else as a chat with one message. */
export const OPENAI_COMPLETIONS: Dialect = {
  decode,
  upstreamCall,
  encode: (context) =>
    context.format === 'completions' ? new PassThroughEncoder(context) : new TextCompletionEncoder(context),
  explain: (error) => error,
};

function decode({ body: sent, rawBody: sentBytes }: WireRequest): CompletionRequest {
  const { body, rawBody } = requireJsonBody(sent, sentBytes);
  const model = requireModel(body.model);
  const parts = promptParts(body.prompt, 'prompt');
  if (parts.length > MOST_PROMPTS) throw invalidValue('prompt', `must not have more than ${MOST_PROMPTS} parts`);
  const stream = optionalBoolean(body.stream, 'stream') ?? false;
  checkNumber(body.temperature, 'temperature', 0, 2);
  checkNumber(body.top_p, 'top_p', 0, 1);
  const maxTokens = isGiven(body.max_tokens)
    ? positiveInteger(body.max_tokens, 'max_tokens', MAX_TOKENS_BOUND)
    : DEFAULT_MAX_TOKENS;
  const choices = isGiven(body.n) ? positiveInteger(body.n, 'n', MOST_CHOICES) : 1;
  const candidates = isGiven(body.best_of) ? positiveInteger(body.best_of, 'best_of', MOST_CHOICES) : 1;
  const suffix = typeof body.suffix === 'string' ? [body.suffix] : [];
  return {
    model,
    stream,
    wantsUsageChunk: readStreamOptions(body.stream_options),
    completionTokensAsked: maxTokens,
    limitFields: ['max_tokens'],
    choices: Math.max(choices, candidates) * parts.length,
    messages: [],
    prompt: plainPrompt([...parts, ...suffix]),
    body,
    rawBody,
    chatBody: chatBodyOf(body, parts, Math.max(choices, candidates)),
  };
}

function chatBodyOf(body: JsonObject, parts: readonly unknown[], choices: number): JsonObject | undefined {
  const [prompt] = parts;
  const isPlain = parts.length === 1 && typeof prompt === 'string' && prompt !== '' && choices === 1;
  if (!isPlain || isGiven(body.suffix) || body.echo === true || isGiven(body.logprobs)) return undefined;
  const shared = SHARED_FIELDS.filter((field) => isGiven(body[field])).map((field) => [field, body[field]]);
  return {
    ...(Object.fromEntries(shared) as JsonObject),
    model: body.model,
    messages: [{ role: 'user', content: prompt }],
    stream: body.stream === true,
  };
}

function upstreamCall(request: ChatRequest, target: TargetTerms): UpstreamCall | undefined {
  if (target.provider.speaks('completions')) {
    const body = upstreamBody(request, target.upstreamModel, target.completionTokensAllowed);
    return { format: 'completions', stream: request.stream, body };
  }
  const { chatBody } = request as CompletionRequest;
  return chatBody && chatUpstreamCall(translatedRequest(chatBody, request.completionTokensAsked), target);
}
