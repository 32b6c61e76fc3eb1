import { createHash } from 'node:crypto';

const SHAPE_WORDS = 8;
const HASH_CHARACTERS = 16;

/** What tells prompts apart: `fingerprint` up to case, spacing and punctuation, `shape` by how they begin. */
export function fingerprintOf(text: string): { fingerprint: string; shape: string } {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const beginning = words.slice(0, SHAPE_WORDS).map((word) => word.replace(/\p{N}+/gu, '0'));
  // Text without any letter or digit is told apart as it is.
  return { fingerprint: hashOf(words.length > 0 ? words.join(' ') : text), shape: hashOf(beginning.join(' ')) };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, HASH_CHARACTERS);
}
