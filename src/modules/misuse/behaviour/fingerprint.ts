import { createHash } from 'node:crypto';

const BEGINNING_WORDS = 8;
const HASH_CHARACTERS = 16;
/** In a shorter prompt the one word that differs is what it is about. */
const SHORTEST_TEMPLATE_WORDS = 12;
/**
 * Prompts that have half of their runs of three words in common share a band eight times in ten; those that have one in
 * twenty in common, one time in seventy.
 */
const BANDS = 6;
const ROWS = 2;
const QUOTED = /"[^"\n]{1,400}"|“[^”\n]{1,400}”|«[^»\n]{1,400}»|`[^`\n]{1,400}`/gu;
const NUMBERS = /\p{N}+/gu;
const WORDS = /[\p{L}\p{M}\p{N}]+/gu;
const FNV_PRIME = 0x01000193;
const FNV_BASIS = 0x811c9dc5;

/**
 * What tells prompts apart: `fingerprint` up to case, spacing and punctuation; `shape` by the template that they are made
 * of, see {@link areAlike}.
 */
export function fingerprintOf(text: string): { fingerprint: string; shape: string } {
  const plain = text.normalize('NFKC').toLowerCase();
  const words = wordsOf(plain);
  // Text without any letter or digit is told apart as it is.
  return { fingerprint: hashOf(words.length > 0 ? words.join(' ') : text), shape: shapeOf(plain) };
}

/**
 * Whether two prompts seem to be made of one template: they begin alike, or have most of their runs of words in common
 * wherever a name, a number or a quotation was filled in. By min-hashes, so now and then wrong.
 */
export function areAlike(shape: string, other: string): boolean {
  if (shape === other) return true;
  const others = other.split('.');
  return shape.split('.').some((key, place) => key === others[place]);
}

/** Keys in fixed places: of the beginning, and of each band of min-hashes. */
function shapeOf(plain: string): string {
  const words = wordsOf(plain.replace(QUOTED, ' 0 ').replace(NUMBERS, '0'));
  const beginning = hashOf(words.slice(0, BEGINNING_WORDS).join(' '));
  return [beginning, ...bandsOf(words)].join('.');
}

function bandsOf(words: readonly string[]): string[] {
  if (words.length < SHORTEST_TEMPLATE_WORDS) return [];
  const least = new Uint32Array(BANDS * ROWS).fill(0xffffffff);
  const hashes = words.map(numberOf);
  for (let at = 2; at < hashes.length; at += 1) {
    const shingle = mixed(mixed(hashes[at - 2], hashes[at - 1]), hashes[at]);
    for (let row = 0; row < least.length; row += 1) {
      const hash = mixed(shingle, row + 1);
      if (hash < least[row]) least[row] = hash;
    }
  }
  return Array.from({ length: BANDS }, (_, band) =>
    least
      .subarray(band * ROWS, (band + 1) * ROWS)
      .reduce(mixed, FNV_BASIS)
      .toString(36),
  );
}

function wordsOf(plain: string): string[] {
  return plain.match(WORDS) ?? [];
}

function numberOf(word: string): number {
  let hash = FNV_BASIS;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}

/** Stirs a number into a hash so that every bit of both counts. */
function mixed(hash: number, value: number): number {
  let stirred = Math.imul(hash ^ Math.imul(value, 0x9e3779b1), 0x85ebca6b);
  stirred = Math.imul(stirred ^ (stirred >>> 13), 0xc2b2ae35);
  return (stirred ^ (stirred >>> 16)) >>> 0;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, HASH_CHARACTERS);
}
