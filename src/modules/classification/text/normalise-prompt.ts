import { foldHomoglyphs } from './homoglyphs.js';

/** Zero-width characters, soft hyphens, bidirectional controls, variation selectors and tag characters. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}]/gu;
const ONLY_ASCII = /^[\x00-\x7f]*$/;
const REPEATED_LETTERS = /([a-z])\1{2,}/g;
const TYPOGRAPHIC_APOSTROPHES = /[‘’ʼ`´]/g;
const COMBINING_MARKS_AFTER_LATIN = /([a-z])[\u0300-\u036f]{2,}/g;

/**
 * One form for what looks the same to a reader: NFKC, no invisible characters, lower case, look-alike letters folded,
 * no letter more than twice in a row. Pure; linear in the length.
 */
export function normalisePrompt(text: string): string {
  const visible = ONLY_ASCII.test(text) ? text.toLowerCase() : foldUnicode(text);
  return hasTriple(visible) ? visible.replace(REPEATED_LETTERS, '$1$1') : visible;
}

/** Looking is far cheaper than replacing, and most texts have none. */
function hasTriple(text: string): boolean {
  for (let at = 2; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === text.charCodeAt(at - 1) && code === text.charCodeAt(at - 2) && code >= 97 && code <= 122) return true;
  }
  return false;
}

function foldUnicode(text: string): string {
  const composed = text.normalize('NFKC').replace(INVISIBLE, '').replace(TYPOGRAPHIC_APOSTROPHES, "'").toLowerCase();
  return foldHomoglyphs(composed.replace(COMBINING_MARKS_AFTER_LATIN, '$1'));
}
