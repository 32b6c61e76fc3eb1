import type { JsonObject } from '../../json/json-object.js';

/** The function that an item calls. */
interface Called {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

/** One item of a response's output while it grows: the message, or the call of a function. */
export class OutputItem {
  /** Its first event has been sent. */
  isOpen = false;
  private readonly pieces: string[] = [];
  private readonly id: string;

  constructor(
    readonly kind: 'message' | 'function_call',
    /** Its place in the output. */
    readonly index: number,
    requestId: string,
    private readonly called: Called = { id: undefined, name: undefined },
  ) {
    const prefix = kind === 'message' ? 'msg' : 'fc';
    this.id = `${prefix}_${requestId.replaceAll('-', '')}${index}`;
  }

  get text(): string {
    return this.pieces.join('');
  }

  get deltaEvent(): string {
    return this.kind === 'message' ? 'response.output_text.delta' : 'response.function_call_arguments.delta';
  }

  get doneEvent(): string {
    return this.kind === 'message' ? 'response.output_text.done' : 'response.function_call_arguments.done';
  }

  add(text: string): void {
    this.pieces.push(text);
  }

  /** Where an event about this item belongs. */
  place(): JsonObject {
    const place = { item_id: this.id, output_index: this.index };
    return this.kind === 'message' ? { ...place, content_index: 0, logprobs: [] } : place;
  }

  /** What it holds, as the event of its end says it. */
  content(): JsonObject {
    return this.kind === 'message' ? { text: this.text } : { name: this.called.name, arguments: this.text };
  }

  /** The one part of a message. */
  part(text: string): JsonObject {
    return { type: 'output_text', text, annotations: [], logprobs: [] };
  }

  opening(): JsonObject {
    const { id, kind, called } = this;
    if (kind === 'message') return { id, type: kind, status: 'in_progress', role: 'assistant', content: [] };
    return { id, type: kind, status: 'in_progress', call_id: called.id, name: called.name, arguments: '' };
  }

  whole(): JsonObject {
    const { id, kind, called, text } = this;
    if (kind === 'message') {
      return { id, type: kind, status: 'completed', role: 'assistant', content: [this.part(text)] };
    }
    return { id, type: kind, status: 'completed', call_id: called.id, name: called.name, arguments: text };
  }
}
