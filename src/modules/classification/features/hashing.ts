/** FNV-1a, the 32-bit variant, over UTF-16 code units. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

export function hashText(text: string): number {
  let hash = OFFSET;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash;
}

/** The same for a part of a text of which the code units are known. */
export function hashCodes(codes: Uint16Array, from: number, to: number): number {
  let hash = OFFSET;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ codes[at], PRIME);
  return hash;
}

/** One hash of two, in order. */
export function joinHashes(first: number, second: number): number {
  return Math.imul(Math.imul(first, 0x85ebca6b) ^ (second >>> 15) ^ second, 0xc2b2ae35);
}

/** Spreads a hash over `2 ** bits` buckets. */
export function bucketOf(hash: number, bits: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> (32 - bits);
}
