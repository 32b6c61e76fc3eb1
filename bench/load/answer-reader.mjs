const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const EVENT_END = Buffer.from('\n\n');
const DONE = 'data: [DONE]\n\n';
const NEWLINE = 10;

/**
 * Reads HTTP/1.1 answers off one connection with as little work as keeps count of them: status, end, and the events of a
 * stream. Feed it with `push`; it calls `onEvents(count)` and `onAnswer(status, {complete, closes})`, where a stream is
 * complete when it ended with `[DONE]`.
 */
export class AnswerReader {
  constructor({ onEvents, onAnswer }) {
    this.onEvents = onEvents;
    this.onAnswer = onAnswer;
    this.reset();
  }

  /** For a new connection. */
  reset() {
    this.state = this.readHead;
    this.rest = undefined;
  }

  push(received) {
    let bytes = received;
    if (this.rest !== undefined) bytes = Buffer.concat([this.rest, received]);
    this.rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const next = this.state(bytes, at);
      if (next < 0) {
        this.rest = bytes.subarray(at);
        return;
      }
      at = next;
    }
  }

  // Each state answers where the next one begins, or -1 when it needs more bytes.

  readHead(bytes, at) {
    const end = bytes.indexOf(HEAD_END, at);
    if (end < 0) return -1;
    const head = bytes.latin1Slice(at, end + 2);
    this.status = Number(head.slice(9, 12));
    this.closes = /\r\nconnection: *close/i.test(head);
    this.streamed = /\r\ncontent-type: *text\/event-stream/i.test(head);
    this.tail = '';
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (length === null) this.state = this.readChunkSize;
    else {
      this.left = Number(length[1]);
      this.state = this.readSized;
      if (this.left === 0) this.finish();
    }
    return end + HEAD_END.length;
  }

  readSized(bytes, at) {
    const end = this.take(bytes, at);
    if (this.left === 0) this.finish();
    return end;
  }

  readChunkSize(bytes, at) {
    const end = bytes.indexOf(LINE_END, at);
    if (end < 0) return -1;
    this.left = Number.parseInt(bytes.latin1Slice(at, end), 16);
    this.state = this.left === 0 ? this.readTrailer : this.readChunk;
    return end + LINE_END.length;
  }

  readChunk(bytes, at) {
    const end = this.take(bytes, at);
    if (this.left === 0) this.state = this.readChunkEnd;
    return end;
  }

  readChunkEnd(bytes, at) {
    if (bytes.length - at < LINE_END.length) return -1;
    this.state = this.readChunkSize;
    return at + LINE_END.length;
  }

  /** Line by line, to the empty one that ends the answer. */
  readTrailer(bytes, at) {
    const end = bytes.indexOf(LINE_END, at);
    if (end < 0) return -1;
    if (end === at) this.finish();
    return end + LINE_END.length;
  }

  take(bytes, at) {
    const end = Math.min(bytes.length, at + this.left);
    this.left -= end - at;
    if (this.streamed) this.countEvents(bytes, at, end);
    return end;
  }

  countEvents(bytes, from, end) {
    let count = this.tail.endsWith('\n') && bytes[from] === NEWLINE ? 1 : 0;
    for (let found = bytes.indexOf(EVENT_END, from); found >= 0 && found + 1 < end;) {
      count += 1;
      found = bytes.indexOf(EVENT_END, found + EVENT_END.length);
    }
    this.tail = (this.tail + bytes.latin1Slice(Math.max(from, end - DONE.length), end)).slice(-DONE.length);
    if (count > 0) this.onEvents(count);
  }

  finish() {
    this.state = this.readHead;
    this.onAnswer(this.status, { complete: !this.streamed || this.tail === DONE, closes: this.closes });
  }
}
