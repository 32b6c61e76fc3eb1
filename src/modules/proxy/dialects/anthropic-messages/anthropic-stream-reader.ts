import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { completionUsage } from '../../providers/anthropic/completion-usage.js';
import { COMMENT, DONE, IN_BAND_ERROR, MALFORMED, parseEventData } from '../../relay/stream-reader.js';
import type { StreamReader, StreamStep } from '../../relay/stream-reader.js';
import type { SseEvent } from '../../relay/sse-parser.js';

/** A stream of the Messages API that passes as it is: tells the tally what it says, in the terms of OpenAI's chunks. */
export class AnthropicStreamReader implements StreamReader {
  /** The latest numbers: they are cumulative, and the start tells other ones than the end. */
  private usage: JsonObject = {};

  read({ data, name }: SseEvent): StreamStep {
    if (name === 'error') return IN_BAND_ERROR;
    if (data === null) return COMMENT;
    const event = parseEventData(data);
    if (event === undefined) return MALFORMED;
    switch (event.type) {
      case 'error':
        return IN_BAND_ERROR;
      case 'ping':
        return COMMENT;
      case 'message_stop':
        return DONE;
      case 'message_start':
        return this.chunk({}, isJsonObject(event.message) ? promptUsage(event.message.usage) : undefined);
      case 'content_block_start':
        return this.chunk(deltaOfStart(event.content_block));
      case 'content_block_delta':
        return this.chunk(deltaOf(event.delta));
      case 'message_delta':
        return this.chunk({}, event.usage, isJsonObject(event.delta) ? event.delta.stop_reason : undefined);
      default:
        return this.chunk({});
    }
  }

  private chunk(delta: JsonObject, usage?: unknown, finishReason?: unknown): StreamStep {
    if (!isJsonObject(usage)) return { kind: 'chunk', chunk: { choices: [{ delta, finish_reason: finishReason }] } };
    this.usage = { ...this.usage, ...usage };
    return {
      kind: 'chunk',
      chunk: { choices: [{ delta, finish_reason: finishReason }], usage: completionUsage(this.usage) },
    };
  }
}

function deltaOfStart(block: unknown): JsonObject {
  if (!isJsonObject(block)) return {};
  if (block.type === 'tool_use') return { tool_calls: [{ function: { name: block.name } }] };
  return { content: block.text };
}

function deltaOf(delta: unknown): JsonObject {
  if (!isJsonObject(delta)) return {};
  if (delta.type === 'input_json_delta') return { tool_calls: [{ function: { arguments: delta.partial_json } }] };
  return delta.type === 'thinking_delta' ? { reasoning_content: delta.thinking } : { content: delta.text };
}

/** At the start the output is not yet there: a stream that breaks off must not be billed for that number. */
function promptUsage(usage: unknown): unknown {
  return isJsonObject(usage) ? { ...usage, output_tokens: null } : usage;
}
