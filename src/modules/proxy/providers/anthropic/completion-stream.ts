import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { SseParser } from '../../relay/sse-parser.js';
import type { SseEvent } from '../../relay/sse-parser.js';
import { CompletionEvents } from './completion-events.js';

const LARGEST_EVENT_BYTES = 16 * 1024 * 1024;
/** Ends the stream as malformed: whoever reads it finds that this is not JSON. */
const UNREADABLE = 'data: unreadable\n\n';

/** The bytes of a Messages stream in, those of an OpenAI chat stream out, at the reader's pace. */
export class CompletionStream extends Transform {
  private readonly parser = new SseParser(LARGEST_EVENT_BYTES);
  private readonly events = new CompletionEvents();

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.pass(this.parser.push(chunk));
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    const last = this.parser.end();
    if (last !== null) this.pass([last]);
    done();
  }

  private pass(events: readonly SseEvent[]): void {
    const text = events.map((event) => this.translate(event)).join('');
    if (text !== '') this.push(text);
  }

  private translate(event: SseEvent): string {
    try {
      return this.events.translate(event);
    } catch (error) {
      if (error instanceof SyntaxError) return UNREADABLE;
      throw error;
    }
  }
}
