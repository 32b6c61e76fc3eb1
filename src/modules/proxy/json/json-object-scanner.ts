/** Where one member of a JSON object lies in its bytes. All offsets are absolute; ends are exclusive. */
export interface JsonMember {
  /** The key, unescaped. */
  readonly key: string;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** From behind the `{` or `,` before the member to the `,` or `}` behind it, white space included. */
  readonly regionStart: number;
  readonly regionEnd: number;
}

export interface JsonObjectLayout {
  /** Offset of the opening brace. */
  readonly open: number;
  /** Offset of the closing brace. */
  readonly close: number;
  readonly members: readonly JsonMember[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Finds the top-level members of the JSON object in `bytes` without parsing their values and without recursion, so
 * that nesting of any depth is harmless. The bytes must have passed `JSON.parse`; other input throws a SyntaxError.
 */
export function scanJsonObject(bytes: Buffer): JsonObjectLayout {
  const open = skipWhitespace(bytes, startsWithByteOrderMark(bytes) ? 3 : 0);
  expectByte(bytes, open, OPEN_BRACE);
  const members: JsonMember[] = [];
  let regionStart = open + 1;
  let at = skipWhitespace(bytes, regionStart);
  if (bytes[at] === CLOSE_BRACE) return { open, close: at, members };
  for (;;) {
    expectByte(bytes, at, QUOTE);
    const keyEnd = skipString(bytes, at);
    const key = readKey(bytes, at, keyEnd);
    at = skipWhitespace(bytes, keyEnd);
    expectByte(bytes, at, COLON);
    const valueStart = skipWhitespace(bytes, at + 1);
    const valueEnd = skipValue(bytes, valueStart);
    const regionEnd = skipWhitespace(bytes, valueEnd);
    members.push({ key, valueStart, valueEnd, regionStart, regionEnd });
    if (bytes[regionEnd] === CLOSE_BRACE) return { open, close: regionEnd, members };
    expectByte(bytes, regionEnd, COMMA);
    regionStart = regionEnd + 1;
    at = skipWhitespace(bytes, regionStart);
  }
}

function readKey(bytes: Buffer, start: number, end: number): string {
  const plain = bytes.toString('utf8', start + 1, end - 1);
  return plain.includes('\\') ? (JSON.parse(`"${plain}"`) as string) : plain;
}

/** Offset behind the value that starts at `start`. */
function skipValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return skipString(bytes, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(bytes, start);
  let at = start;
  while (at < bytes.length && !endsScalar(bytes[at])) at += 1;
  if (at === start) throw new SyntaxError(`No JSON value at byte ${start}`);
  return at;
}

function skipContainer(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    at += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  throw new SyntaxError('JSON ends inside a value');
}

/** Offset behind the closing quote of the string whose opening quote is at `start`. */
function skipString(bytes: Buffer, start: number): number {
  let quote = bytes.indexOf(QUOTE, start + 1);
  while (quote !== -1) {
    let before = quote - 1;
    while (before > start && bytes[before] === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = bytes.indexOf(QUOTE, quote + 1);
  }
  throw new SyntaxError('JSON ends inside a string');
}

function skipWhitespace(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && isWhitespace(bytes[at])) at += 1;
  return at;
}

function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isWhitespace(byte);
}

function startsWithByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function expectByte(bytes: Buffer, at: number, wanted: number): void {
  if (bytes[at] !== wanted)
    throw new SyntaxError(`Expected '${String.fromCharCode(wanted)}' at byte ${at} of the JSON`);
}
