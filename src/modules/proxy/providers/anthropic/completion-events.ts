import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import type { SseEvent } from '../../relay/sse-parser.js';
import { completionUsage } from './completion-usage.js';
import { finishReason } from './finish-reason.js';

const KEEP_ALIVE = ': ping\n\n';
const DONE = 'data: [DONE]\n\n';
/** Says that the stream broke off. What exactly the upstream said stays here. */
const FAILED = `data: ${JSON.stringify({ error: { message: 'failed', type: 'upstream_error', param: null, code: null } })}\n\n`;

interface ToolCall {
  /** Among the tool calls. */
  readonly place: number;
  hasArguments: boolean;
}

/** Turns the events of one Messages stream into those of an OpenAI chat stream, one after the other. */
export class CompletionEvents {
  private id: unknown = null;
  private model: unknown = null;
  private readonly created = Math.floor(Date.now() / 1_000);
  /** The latest numbers; Anthropic's are cumulative, and the start tells other ones than the end. */
  private usage: JsonObject = {};
  private stopReason: unknown = null;
  /** By the index of their content block. */
  private readonly toolCalls = new Map<unknown, ToolCall>();

  /**
   * @returns the bytes for the client as text, empty for what has no counterpart
   * @throws SyntaxError when the event is not JSON
   */
  translate({ data }: SseEvent): string {
    if (data === null) return KEEP_ALIVE;
    const event: unknown = JSON.parse(data);
    if (!isJsonObject(event)) throw new SyntaxError('an event of the stream is not an object');
    switch (event.type) {
      case 'message_start':
        return this.start(event.message);
      case 'content_block_start':
        return this.startBlock(event.index, event.content_block);
      case 'content_block_delta':
        return this.continueBlock(event.index, event.delta);
      case 'content_block_stop':
        return this.endBlock(event.index);
      case 'message_delta':
        return this.change(event);
      case 'message_stop':
        return this.end();
      case 'ping':
        return KEEP_ALIVE;
      case 'error':
        return FAILED;
      default:
        return '';
    }
  }

  private start(message: unknown): string {
    if (isJsonObject(message)) {
      this.id = message.id;
      this.model = message.model;
      this.learn(message.usage);
    }
    return this.delta({ role: 'assistant', content: '', refusal: null });
  }

  private startBlock(index: unknown, block: unknown): string {
    if (!isJsonObject(block)) return '';
    if (block.type === 'text' && block.text !== '') return this.delta({ content: block.text });
    if (block.type !== 'tool_use') return '';
    const place = this.toolCalls.size;
    this.toolCalls.set(index, { place, hasArguments: false });
    const { id, name } = block;
    return this.delta({ tool_calls: [{ index: place, id, type: 'function', function: { name, arguments: '' } }] });
  }

  private continueBlock(index: unknown, delta: unknown): string {
    if (!isJsonObject(delta)) return '';
    switch (delta.type) {
      case 'text_delta':
        return this.delta({ content: delta.text });
      case 'thinking_delta':
        return this.delta({ reasoning_content: delta.thinking });
      case 'input_json_delta':
        return this.addArguments(index, delta.partial_json);
      default:
        return '';
    }
  }

  private addArguments(index: unknown, json: unknown): string {
    const call = this.toolCalls.get(index);
    if (call === undefined || typeof json !== 'string' || json === '') return '';
    call.hasArguments = true;
    return this.delta({ tool_calls: [{ index: call.place, function: { arguments: json } }] });
  }

  /** A tool without arguments has no JSON at all there; here its arguments are an empty object. */
  private endBlock(index: unknown): string {
    const hasNone = this.toolCalls.get(index)?.hasArguments === false;
    return hasNone ? this.addArguments(index, '{}') : '';
  }

  private change({ delta, usage }: JsonObject): string {
    this.learn(usage);
    if (isJsonObject(delta)) this.stopReason = delta.stop_reason ?? this.stopReason;
    return '';
  }

  private end(): string {
    const last = this.chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: finishReason(this.stopReason) }]);
    const told = Object.keys(this.usage).length > 0 ? this.chunk([], completionUsage(this.usage)) : '';
    return last + told + DONE;
  }

  private learn(usage: unknown): void {
    if (!isJsonObject(usage)) return;
    const told = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined);
    this.usage = { ...this.usage, ...Object.fromEntries(told) };
  }

  private delta(delta: JsonObject): string {
    return this.chunk([{ index: 0, delta, logprobs: null, finish_reason: null }]);
  }

  private chunk(choices: unknown[], usage: unknown = null): string {
    const { id, created, model } = this;
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices, usage })}\n\n`;
  }
}
