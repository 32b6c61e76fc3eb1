/** One event of a stream. */
export interface SseEvent {
  /** All its bytes, the blank line at its end included. */
  readonly raw: Buffer;
  /** Its data lines joined; null for a comment, a keep-alive, or an event without data. */
  readonly data: string | null;
  /** `event:` field, null without one. */
  readonly name: string | null;
}

/** An event that is larger than any that we let pass. */
export class SseEventTooLarge extends Error {
  constructor(largestBytes: number) {
    super(`an event of the stream has more than ${largestBytes} bytes`);
    this.name = 'SseEventTooLarge';
  }
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DATA_FIELD = Buffer.from('data:');

/**
 * Cuts a byte stream into server-sent events, wherever its chunks were cut: inside a character, between CR and LF, in
 * the middle of a line of many megabytes. Lines may end with LF, CRLF or CR. The raw bytes of all events, in order,
 * are the stream's bytes; events that lie within one chunk are views of it, not copies.
 */
export class SseParser {
  /** Pieces of the event that has not ended yet. */
  private unfinished: Buffer[] = [];
  private unfinishedBytes = 0;
  private lineHasBytes = false;
  private endedWithCr = false;

  constructor(private readonly largestEventBytes: number) {}

  /** @throws SseEventTooLarge */
  push(chunk: Buffer): SseEvent[] {
    const events: SseEvent[] = [];
    // The LF of a CRLF that was cut in two ends no line of its own.
    let at = this.endedWithCr && chunk[0] === LF ? 1 : 0;
    this.endedWithCr = false;
    let eventStart = 0;
    let nextLf = chunk.indexOf(LF, at);
    let nextCr = chunk.indexOf(CR, at);
    while (at < chunk.length) {
      if (nextLf !== -1 && nextLf < at) nextLf = chunk.indexOf(LF, at);
      if (nextCr !== -1 && nextCr < at) nextCr = chunk.indexOf(CR, at);
      const lineEnd = earlier(nextLf, nextCr);
      if (lineEnd === -1) {
        this.lineHasBytes = true;
        break;
      }
      const isBlank = lineEnd === at && !this.lineHasBytes;
      this.lineHasBytes = false;
      at = lineEnd + 1;
      if (lineEnd === nextCr) {
        if (at === chunk.length) this.endedWithCr = true;
        else if (chunk[at] === LF) at += 1;
      }
      if (isBlank) {
        events.push(readEvent(this.finish(chunk.subarray(eventStart, at))));
        eventStart = at;
      }
    }
    if (eventStart < chunk.length) this.carry(chunk.subarray(eventStart));
    return events;
  }

  /** The last event of a stream that ended without a blank line, if there is one. */
  end(): SseEvent | null {
    return this.unfinishedBytes === 0 ? null : readEvent(this.finish(Buffer.alloc(0)));
  }

  private carry(piece: Buffer): void {
    this.unfinished.push(piece);
    this.unfinishedBytes += piece.length;
    if (this.unfinishedBytes > this.largestEventBytes) throw new SseEventTooLarge(this.largestEventBytes);
  }

  private finish(lastPiece: Buffer): Buffer {
    if (this.unfinishedBytes === 0) return lastPiece;
    const raw = Buffer.concat([...this.unfinished, lastPiece]);
    this.unfinished = [];
    this.unfinishedBytes = 0;
    return raw;
  }
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.length >= prefix.length && prefix.equals(bytes.subarray(0, prefix.length));
}

function earlier(a: number, b: number): number {
  if (a === -1) return b;
  return b === -1 ? a : Math.min(a, b);
}

function readEvent(raw: Buffer): SseEvent {
  return readPlainEvent(raw) ?? readAnyEvent(raw);
}

/** `data: …\n\n`, which nearly all events are. */
function readPlainEvent(raw: Buffer): SseEvent | undefined {
  const lineEnd = raw.indexOf(LF);
  const isPlain = lineEnd === raw.length - 2 && startsWith(raw, DATA_FIELD) && !raw.includes(CR);
  if (!isPlain) return undefined;
  const start = raw[DATA_FIELD.length] === SPACE ? DATA_FIELD.length + 1 : DATA_FIELD.length;
  return { raw, data: raw.toString('utf8', start, lineEnd), name: null };
}

function readAnyEvent(raw: Buffer): SseEvent {
  let name: string | null = null;
  let data: string | null = null;
  for (const line of raw.toString('utf8').split(/\r\n|\n|\r/)) {
    if (line === '' || line.startsWith(':')) continue;
    const colon = line.indexOf(':');
    const field = withoutByteOrderMark(colon === -1 ? line : line.slice(0, colon));
    if (field !== 'data' && field !== 'event') continue;
    const afterColon = colon === -1 ? line.length : colon + 1;
    const value = line.slice(line[afterColon] === ' ' ? afterColon + 1 : afterColon);
    if (field === 'event') name = value;
    else data = data === null ? value : `${data}\n${value}`;
  }
  return { raw, data, name };
}

function withoutByteOrderMark(field: string): string {
  return field.startsWith('\uFEFF') ? field.slice(1) : field;
}
