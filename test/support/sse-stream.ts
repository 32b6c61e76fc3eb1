import type { IncomingHttpHeaders } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';

/** An event stream being read: iterate it for the data of one event after the other, `[DONE]` included. */
export class SseStream implements AsyncIterable<string> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  private readonly pieces: Buffer[] = [];
  private readonly body: Dispatcher.ResponseData['body'];
  private readonly events: AsyncGenerator<string, void>;

  constructor(private readonly answer: Dispatcher.ResponseData) {
    this.status = answer.statusCode;
    this.headers = answer.headers;
    this.body = answer.body;
    this.events = this.read();
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    // Leaving a loop must not end the stream: tests read a few events, look around, and read on.
    return { next: () => this.events.next() };
  }

  /** The data of the next event; undefined at the end. Throws when the connection breaks. */
  async next(): Promise<string | undefined> {
    const { value, done } = await this.events.next();
    return done ? undefined : value;
  }

  /** The data of all events that are left. */
  async rest(): Promise<string[]> {
    const events: string[] = [];
    for await (const data of this) events.push(data);
    return events;
  }

  /** What came after the body, once it was read to its end. */
  get trailers(): Record<string, string> {
    return this.answer.trailers;
  }

  /** All bytes read so far, as they came. */
  received(): Buffer {
    return Buffer.concat(this.pieces);
  }

  /** Destroys the socket, as a client does that has lost interest. */
  hangUp(): void {
    // undici reports the destruction as an error of the body, which is what was asked for.
    this.body.once('error', () => undefined);
    this.body.destroy();
  }

  private async *read(): AsyncGenerator<string, void> {
    const decoder = new StringDecoder('utf8');
    let pending = '';
    let data: string[] = [];
    for await (const piece of this.body as AsyncIterable<Buffer>) {
      this.pieces.push(piece);
      pending += decoder.write(piece);
      if (!piece.includes('\n')) continue;
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines.map((text) => text.replace(/\r$/, ''))) {
        if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
        if (line === '' && data.length > 0) {
          yield data.join('\n');
          data = [];
        }
      }
    }
  }
}
