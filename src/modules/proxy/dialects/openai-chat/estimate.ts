import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import type { ChatRequest } from './chat-request.js';
import { jsonSizeBound } from './json-size.js';

/** Tokens of a prompt, known before the call. */
export interface PromptEstimate {
  /** Upper bound, which is reserved: no tokeniser in use makes more than one token of a byte of text. */
  readonly reserved: number;
  /** Likely number, at most the bound: billed when the upstream tells no usage. */
  readonly counted: number;
}

/** Largest number of tokens that one image can become. */
export interface ImageTokens {
  readonly low: number;
  readonly high: number;
}

const TOKENS_PER_PROMPT = 48;
const TOKENS_PER_MESSAGE = 8;
const LIKELY_TOKENS_PER_MESSAGE = 4;
const LIKELY_BYTES_PER_TOKEN = 4;
/** Above every tile and patch scheme in use, but for models that state their own in the catalogue. */
const USUAL_IMAGE_TOKENS: ImageTokens = { low: 700, high: 5_000 };
/** `detail: original` sends up to 10,000 patches. */
const ORIGINAL_IMAGE_TOKENS = 16_000;
/** Speech is about ten tokens a second, and no codec in use takes less than 500 bytes for a second. */
const AUDIO_BYTES_PER_TOKEN = 50;
const LEAST_AUDIO_TOKENS = 500;

/** Top-level fields that steer the call and never become part of the prompt. */
const STEERING_FIELDS = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'stop',
  'seed',
  'user',
  'metadata',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'presence_penalty',
  'frequency_penalty',
  'store',
  'service_tier',
  'parallel_tool_calls',
  'reasoning_effort',
  'verbosity',
  'modalities',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'task_id',
  'access_token',
  'api_key',
  'api_base',
  'base_url',
]);

/**
 * Estimates the prompt of a chat request: the bytes of all text that goes to the model (messages, tools, schemas and
 * any field we don't know), 8 per message, 48 for the whole, and a bound for each image and audio part. The base64
 * bytes of media are not text and are not counted as such.
 */
export function estimatePrompt(request: ChatRequest, imageTokens: ImageTokens = USUAL_IMAGE_TOKENS): PromptEstimate {
  if (request.prompt !== undefined) return request.prompt.estimate;
  let textBytes = 0;
  let mediaTokens = 0;
  for (const message of request.messages) {
    for (const [key, value] of Object.entries(message)) {
      if (key === 'role') continue;
      if (key === 'content' && Array.isArray(value)) {
        for (const part of value as JsonObject[]) {
          const size = sizeOfPart(part, imageTokens);
          textBytes += size.textBytes;
          mediaTokens += size.mediaTokens;
        }
      } else if (typeof value === 'string') {
        textBytes += Buffer.byteLength(value);
      } else if (value !== null) {
        textBytes += jsonSizeBound(value);
      }
    }
  }
  for (const [key, value] of Object.entries(request.body)) {
    if (!STEERING_FIELDS.has(key) && value !== null) textBytes += Buffer.byteLength(key) + jsonSizeBound(value);
  }
  const messageCount = request.messages.length;
  const reserved = textBytes + messageCount * TOKENS_PER_MESSAGE + TOKENS_PER_PROMPT + mediaTokens;
  const likely = Math.ceil(textBytes / LIKELY_BYTES_PER_TOKEN) + messageCount * LIKELY_TOKENS_PER_MESSAGE + mediaTokens;
  return { reserved, counted: Math.min(reserved, likely) };
}

function sizeOfPart(part: JsonObject, imageTokens: ImageTokens): { textBytes: number; mediaTokens: number } {
  const { type, text, ...others } = part;
  if (type === 'text' && typeof text === 'string') {
    const extras = Object.keys(others).length === 0 ? 0 : jsonSizeBound(others);
    return { textBytes: Buffer.byteLength(text) + extras, mediaTokens: 0 };
  }
  const textBytes = jsonSizeBound(part);
  if (type === 'image_url') {
    const { url, detail } = isJsonObject(part.image_url) ? part.image_url : { url: part.image_url, detail: undefined };
    const dataBytes = typeof url === 'string' && url.startsWith('data:') ? Buffer.byteLength(url) : 0;
    return { textBytes: textBytes - dataBytes, mediaTokens: tokensOfImage(detail, imageTokens) };
  }
  if (type === 'input_audio' && isJsonObject(part.input_audio) && typeof part.input_audio.data === 'string') {
    const dataBytes = Buffer.byteLength(part.input_audio.data);
    const mediaTokens = Math.max(LEAST_AUDIO_TOKENS, Math.ceil(dataBytes / AUDIO_BYTES_PER_TOKEN));
    return { textBytes: textBytes - dataBytes, mediaTokens };
  }
  return { textBytes, mediaTokens: 0 };
}

function tokensOfImage(detail: unknown, tokens: ImageTokens): number {
  if (detail === 'low') return tokens.low;
  return detail === 'original' ? Math.max(tokens.high, ORIGINAL_IMAGE_TOKENS) : tokens.high;
}
