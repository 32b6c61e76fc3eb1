import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { estimatePrompt } from '../openai-chat/estimate.js';
import type { PromptEstimate } from '../openai-chat/estimate.js';
import { jsonSizeBound } from '../openai-chat/json-size.js';

const TOKENS_PER_PROMPT = 48;
/** Above what any model makes of one image. */
const IMAGE_TOKENS = 5_000;
/** Anthropic puts instructions of its own before the tools of a request. */
const TOOL_INSTRUCTION_TOKENS = 1_000;

/**
 * Bounds the prompt of a Messages request, whoever answers it: Anthropic sees parts of the body, such as earlier
 * thinking, that a translation leaves out.
 */
export function estimateMessages(body: JsonObject, translated: ChatRequest): PromptEstimate {
  const { system, messages, tools } = body;
  const media = mediaOf([messages]);
  const textBytes = jsonSizeBound([system, messages, tools]) - media.dataBytes;
  const instructions = Array.isArray(tools) && tools.length > 0 ? TOOL_INSTRUCTION_TOKENS : 0;
  const native = textBytes + media.images * IMAGE_TOKENS + TOKENS_PER_PROMPT + instructions;
  const { reserved, counted } = estimatePrompt(translated);
  return { reserved: Math.max(native, reserved), counted };
}

/** The images anywhere in a list of values, and the bytes of those that are in the request. */
function mediaOf(values: unknown[]): { images: number; dataBytes: number } {
  let images = 0;
  let dataBytes = 0;
  const open = [...values];
  while (open.length > 0) {
    const value = open.pop();
    if (isJsonObject(value) && value.type === 'image' && isJsonObject(value.source)) {
      images += 1;
      if (typeof value.source.data === 'string') dataBytes += Buffer.byteLength(value.source.data);
    } else if (typeof value === 'object' && value !== null) {
      for (const item of Object.values(value) as unknown[]) open.push(item);
    }
  }
  return { images, dataBytes };
}
