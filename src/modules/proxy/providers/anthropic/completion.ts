import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { completionUsage } from './completion-usage.js';
import { finishReason } from './finish-reason.js';

/** An answer of the Messages API as an OpenAI chat completion. */
export function completionOf(answer: JsonObject): JsonObject {
  const blocks = Array.isArray(answer.content) ? (answer.content as unknown[]).filter(isJsonObject) : [];
  const text = joined(blocks, 'text', 'text');
  const thinking = joined(blocks, 'thinking', 'thinking');
  const toolCalls = blocks.filter(({ type }) => type === 'tool_use').map(toolCallOf);
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(thinking !== '' && { reasoning_content: thinking }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  return {
    id: answer.id,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model: answer.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(answer.stop_reason) }],
    usage: completionUsage(answer.usage),
  };
}

function joined(blocks: readonly JsonObject[], type: string, field: string): string {
  return blocks.map((block) => (block.type === type && typeof block[field] === 'string' ? block[field] : '')).join('');
}

function toolCallOf({ id, name, input }: JsonObject): JsonObject {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } };
}
