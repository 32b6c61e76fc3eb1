/** Words of a text as offsets, without making strings of them. */
export interface Tokens {
  /** UTF-16 code units of the text. */
  readonly codes: Uint16Array;
  readonly count: number;
  /** Offsets of the first character and behind the last one, per word. */
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  /** 1 where a sentence or line ends between this word and the next. */
  readonly endsSentence: Uint8Array;
}

export const MAX_TOKENS = 1_200;
const MAX_CHARS = 65_535;

const codes = new Uint16Array(MAX_CHARS + 1);
const from = new Uint16Array(MAX_TOKENS);
const to = new Uint16Array(MAX_TOKENS);
const endsSentence = new Uint8Array(MAX_TOKENS);

const APOSTROPHE = 39;
const SENTENCE_ENDS = [10, 33, 46, 58, 59, 63, 0x3002];

const OTHER = 0;
const LETTER = 1;
/** Of scripts without spaces: every character is a word. */
const IDEOGRAPH = 2;
const SENTENCE_END = 3;

/** What each code unit is for the splitting. */
const KINDS = new Uint8Array(65_536);
for (let code = 0; code < KINDS.length; code++) KINDS[code] = kindOf(code);

function kindOf(code: number): number {
  if (SENTENCE_ENDS.includes(code)) return SENTENCE_END;
  if (code >= 0x3040 && code <= 0x9fff) return IDEOGRAPH;
  const isLatin = (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
  const isOtherLetter = code >= 0xc0 && code !== 0xd7 && code !== 0xf7 && !(code >= 0x2000 && code <= 0x303f);
  return isLatin || isOtherLetter ? LETTER : OTHER;
}

/**
 * Splits into words of letters and digits; at most `MAX_TOKENS`. The arrays belong to this function and are written
 * anew by the next call.
 * @param text normalised, at most 65,535 characters
 */
export function tokenise(text: string): Tokens {
  const length = Math.min(text.length, MAX_CHARS);
  for (let at = 0; at < length; at++) codes[at] = text.charCodeAt(at);
  codes[length] = 0;
  let count = 0;
  let at = 0;
  while (at < length && count < MAX_TOKENS) {
    const kind = KINDS[codes[at]];
    if (kind === LETTER || kind === IDEOGRAPH) {
      from[count] = at++;
      if (kind === LETTER) while (continuesWord(at)) at++;
      to[count] = at;
      endsSentence[count++] = 0;
    } else {
      if (kind === SENTENCE_END && count > 0) endsSentence[count - 1] = 1;
      at++;
    }
  }
  return { codes, count, from, to, endsSentence };
}

/** The code behind the last one is 0, which ends every word. */
function continuesWord(at: number): boolean {
  const kind = KINDS[codes[at]];
  if (kind === LETTER) return true;
  if (codes[at] !== APOSTROPHE) return false;
  const next = KINDS[codes[at + 1]];
  return next === LETTER || next === IDEOGRAPH;
}
