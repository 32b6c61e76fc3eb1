import type { DomainError } from '../../../../common/errors/domain-error.js';
import { openAiError } from '../../../../common/errors/render-error.js';
import type { JsonObject } from '../../json/json-object.js';
import { finishReasonOf, messageOf, textOf, toolCallsOf } from '../completion-reader.js';
import type { ToolCallPiece } from '../completion-reader.js';
import type { AnswerContext, AnswerEncoder } from '../dialect.js';
import { namedEvent } from '../sse-bytes.js';
import { OutputItem } from './output-item.js';
import { incompleteReason, responseObject } from './response-object.js';
import type { ResponseState } from './response-object.js';

/** Writes a chat's answer as a response: one item for its text, one for each call of a function. */
export class ResponseEncoder implements AnswerEncoder {
  private readonly createdAt = Math.floor(Date.now() / 1_000);
  private readonly items: OutputItem[] = [];
  private readonly calls = new Map<number, OutputItem>();
  private message: OutputItem | undefined;
  private finishReason: string | undefined;
  private sequence = 0;
  private started = false;

  constructor(private readonly context: AnswerContext) {}

  whole(completion: JsonObject): Buffer {
    this.finishReason = finishReasonOf(completion);
    const { refusal } = messageOf(completion);
    const text = textOf(completion);
    const calls = toolCallsOf(completion);
    if (text !== '' || calls.length === 0) this.textItem().add(text !== '' ? text : asText(refusal));
    for (const call of calls) this.callItem(call).add(call.arguments);
    return Buffer.from(JSON.stringify(this.response(this.finalState())));
  }

  chunk(chunk: JsonObject): Buffer | null {
    this.finishReason = finishReasonOf(chunk) ?? this.finishReason;
    const events: string[] = [];
    if (!this.started) {
      this.started = true;
      const state = { status: 'in_progress', output: [], withUsage: false } as const;
      events.push(this.event('response.created', { response: this.response(state) }));
      events.push(this.event('response.in_progress', { response: this.response(state) }));
    }
    const text = textOf(chunk) + asText(messageOf(chunk).refusal);
    if (text !== '') events.push(...this.grow(this.textItem(), text));
    for (const piece of toolCallsOf(chunk)) events.push(...this.grow(this.callItem(piece), piece.arguments));
    return events.length === 0 ? null : Buffer.from(events.join(''));
  }

  comment(): null {
    return null;
  }

  end(): Buffer {
    const done = this.items.flatMap((item) => this.finish(item));
    const state = this.finalState();
    return Buffer.from([...done, this.event(`response.${state.status}`, { response: this.response(state) })].join(''));
  }

  error(error: DomainError): Buffer {
    const { message, code, param } = openAiError(error);
    return Buffer.from(this.event('error', { code, message, param }));
  }

  private grow(item: OutputItem, text: string): string[] {
    const opening = item.isOpen ? [] : this.open(item);
    item.add(text);
    return text === '' ? opening : [...opening, this.event(item.deltaEvent, { ...item.place(), delta: text })];
  }

  private open(item: OutputItem): string[] {
    item.isOpen = true;
    const added = this.event('response.output_item.added', { output_index: item.index, item: item.opening() });
    if (item.kind !== 'message') return [added];
    return [added, this.event('response.content_part.added', { ...item.place(), part: item.part('') })];
  }

  private finish(item: OutputItem): string[] {
    if (!item.isOpen) return [];
    const ends = [this.event(item.doneEvent, { ...item.place(), ...item.content() })];
    if (item.kind === 'message') {
      ends.push(this.event('response.content_part.done', { ...item.place(), part: item.part(item.text) }));
    }
    return [...ends, this.event('response.output_item.done', { output_index: item.index, item: item.whole() })];
  }

  private textItem(): OutputItem {
    this.message ??= this.addItem(new OutputItem('message', this.items.length, this.context.call.requestId));
    return this.message;
  }

  private callItem({ index, id, name }: ToolCallPiece): OutputItem {
    const known = this.calls.get(index);
    if (known !== undefined) return known;
    const item = new OutputItem('function_call', this.items.length, this.context.call.requestId, { id, name });
    this.calls.set(index, item);
    return this.addItem(item);
  }

  private addItem(item: OutputItem): OutputItem {
    this.items.push(item);
    return item;
  }

  private finalState(): ResponseState {
    const reason = incompleteReason(this.finishReason);
    const status = reason === undefined ? 'completed' : 'incomplete';
    return { status, reason, output: this.items.map((item) => item.whole()), withUsage: true };
  }

  private response(state: ResponseState): JsonObject {
    return responseObject(this.context.call, this.createdAt, state);
  }

  private event(type: string, fields: JsonObject): string {
    const event = namedEvent(type, { type, sequence_number: this.sequence, ...fields });
    this.sequence += 1;
    return event;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
