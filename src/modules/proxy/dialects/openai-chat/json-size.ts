/** A number, true, false or null in JSON never needs more bytes than this; strings and keys are measured. */
const SCALAR_BYTES = 24;
/** Quotes or brackets, and the comma or colon behind. */
const PUNCTUATION_BYTES = 3;

/** UTF-8 bytes that a parsed JSON value takes, from above. Walks without recursion: depth is no danger. */
export function jsonSizeBound(value: unknown): number {
  let bytes = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') {
      bytes += Buffer.byteLength(next) + PUNCTUATION_BYTES;
    } else if (typeof next !== 'object' || next === null) {
      bytes += SCALAR_BYTES;
    } else if (Array.isArray(next)) {
      bytes += PUNCTUATION_BYTES;
      for (const item of next as unknown[]) open.push(item);
    } else {
      bytes += PUNCTUATION_BYTES;
      for (const [key, item] of Object.entries(next)) {
        bytes += Buffer.byteLength(key) + PUNCTUATION_BYTES;
        open.push(item);
      }
    }
  }
  return bytes;
}
