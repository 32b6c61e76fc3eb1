import type { DomainError } from '../../../../common/errors/domain-error.js';
import { anthropicError } from '../../../../common/errors/render-error.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { finishReasonOf, messageOf, textOf, toolCallsOf } from '../completion-reader.js';
import type { ToolCallPiece } from '../completion-reader.js';
import type { AnswerContext, AnswerEncoder } from '../dialect.js';
import { namedEvent } from '../sse-bytes.js';

const STOP_REASONS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
};

/** Writes a chat's answer as a message: one block for its text, one for each call of a tool. */
export class MessageEncoder implements AnswerEncoder {
  private started = false;
  /** Blocks begun so far. */
  private blocks = 0;
  /** The block that is being written. */
  private open: 'text' | 'tool' | undefined;
  private readonly toolBlocks = new Map<number, number>();
  private finishReason: string | undefined;

  constructor(private readonly context: AnswerContext) {}

  whole(completion: JsonObject): Buffer {
    const text = textOf(completion) || asText(messageOf(completion).refusal);
    const content: JsonObject[] = text === '' ? [] : [{ type: 'text', text }];
    for (const { id, name, arguments: json } of toolCallsOf(completion)) {
      content.push({ type: 'tool_use', id, name, input: inputOf(json) });
    }
    return Buffer.from(
      JSON.stringify({
        ...this.head(),
        content,
        stop_reason: stopReason(finishReasonOf(completion)),
        usage: this.usage(),
      }),
    );
  }

  chunk(chunk: JsonObject): Buffer | null {
    this.finishReason = finishReasonOf(chunk) ?? this.finishReason;
    const text = textOf(chunk) + asText(messageOf(chunk).refusal);
    const events = [
      ...(this.started ? [] : this.start()),
      ...(text === '' ? [] : this.addText(text)),
      ...toolCallsOf(chunk).flatMap((piece) => this.addToolPiece(piece)),
    ];
    return events.length === 0 ? null : Buffer.from(events.join(''));
  }

  comment(): Buffer | null {
    return this.started ? Buffer.from(namedEvent('ping', { type: 'ping' })) : null;
  }

  end(): Buffer {
    const delta = { stop_reason: stopReason(this.finishReason), stop_sequence: null };
    const events = [
      ...(this.started ? [] : this.start()),
      ...this.closeBlock(),
      namedEvent('message_delta', { type: 'message_delta', delta, usage: this.usage() }),
      namedEvent('message_stop', { type: 'message_stop' }),
    ];
    return Buffer.from(events.join(''));
  }

  error(error: DomainError): Buffer {
    return Buffer.from(namedEvent('error', anthropicError(error)));
  }

  /** What the prompt took is not known yet: the end of the stream tells it. */
  private start(): string[] {
    this.started = true;
    const message = { ...this.head(), content: [], stop_reason: null, usage: { input_tokens: 0, output_tokens: 0 } };
    return [namedEvent('message_start', { type: 'message_start', message })];
  }

  private addText(text: string): string[] {
    const opening = this.open === 'text' ? [] : this.openBlock('text', { type: 'text', text: '' });
    return [...opening, this.delta(this.blocks - 1, { type: 'text_delta', text })];
  }

  private addToolPiece({ index, id, name, arguments: json }: ToolCallPiece): string[] {
    const events: string[] = [];
    let block = this.toolBlocks.get(index);
    if (block === undefined) {
      events.push(...this.openBlock('tool', { type: 'tool_use', id, name, input: {} }));
      block = this.blocks - 1;
      this.toolBlocks.set(index, block);
    }
    if (json !== '') events.push(this.delta(block, { type: 'input_json_delta', partial_json: json }));
    return events;
  }

  private openBlock(kind: 'text' | 'tool', block: JsonObject): string[] {
    const closing = this.closeBlock();
    this.open = kind;
    this.blocks += 1;
    const start = { type: 'content_block_start', index: this.blocks - 1, content_block: block };
    return [...closing, namedEvent('content_block_start', start)];
  }

  private closeBlock(): string[] {
    if (this.open === undefined) return [];
    this.open = undefined;
    return [namedEvent('content_block_stop', { type: 'content_block_stop', index: this.blocks - 1 })];
  }

  private delta(index: number, delta: JsonObject): string {
    return namedEvent('content_block_delta', { type: 'content_block_delta', index, delta });
  }

  private head(): JsonObject {
    const { call } = this.context;
    return {
      id: `msg_${call.requestId.replaceAll('-', '')}`,
      type: 'message',
      role: 'assistant',
      model: call.route.model,
      stop_sequence: null,
    };
  }

  /** Anthropic counts what was read from a cache apart from the input; OpenAI counts it as part of the prompt. */
  private usage(): JsonObject {
    const { promptTokens, completionTokens, cachedPromptTokens } = this.context.call.usage();
    return {
      input_tokens: promptTokens - cachedPromptTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: cachedPromptTokens,
      output_tokens: completionTokens,
    };
  }
}

function stopReason(finishReason: string | undefined): string {
  return STOP_REASONS[finishReason ?? 'stop'] ?? 'end_turn';
}

/** A tool takes an object. What a model wrote otherwise is kept for the client to see. */
function inputOf(json: string): JsonObject {
  if (json.trim() === '') return {};
  try {
    const input: unknown = JSON.parse(json);
    return isJsonObject(input) ? input : { value: input };
  } catch {
    // Cut short by the completion limit, most likely: the stop reason says so.
    return { invalid_json: json };
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
