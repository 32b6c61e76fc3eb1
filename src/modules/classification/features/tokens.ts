/** Words of a text as offsets, without making strings of them. */
export interface Tokens {
  readonly text: string;
  readonly count: number;
  /** Offsets of the first character and behind the last one, per word. */
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  /** 1 where a sentence or line ends between this word and the next. */
  readonly endsSentence: Uint8Array;
}

export const MAX_TOKENS = 1_200;

const from = new Uint16Array(MAX_TOKENS);
const to = new Uint16Array(MAX_TOKENS);
const endsSentence = new Uint8Array(MAX_TOKENS);

const APOSTROPHE = 39;
const SENTENCE_ENDS: ReadonlySet<number> = new Set([10, 33, 46, 58, 59, 63, 0x3002, 0xff1f]);

const isLatin = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57);

/** Scripts without spaces: every character is a word. */
const isIdeographic = (code: number): boolean => code >= 0x3040 && code <= 0x9fff;

const isLetter = (code: number): boolean =>
  isLatin(code) || (code >= 0xc0 && code !== 0xd7 && code !== 0xf7 && !(code >= 0x2000 && code <= 0x303f));

/**
 * Splits into words of letters and digits; at most `MAX_TOKENS`. The arrays belong to this function and are written
 * anew by the next call.
 * @param text normalised, at most 65,535 characters
 */
export function tokenise(text: string): Tokens {
  let count = 0;
  let at = 0;
  while (at < text.length && count < MAX_TOKENS) {
    const code = text.charCodeAt(at);
    if (!isLetter(code)) {
      if (count > 0 && SENTENCE_ENDS.has(code)) endsSentence[count - 1] = 1;
      at++;
      continue;
    }
    const start = at++;
    if (!isIdeographic(code)) {
      while (at < text.length && continuesWord(text, at)) at++;
    }
    from[count] = start;
    to[count] = at;
    endsSentence[count] = 0;
    count++;
  }
  return { text, count, from, to, endsSentence };
}

function continuesWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (isIdeographic(code)) return false;
  return isLetter(code) || (code === APOSTROPHE && isLetter(text.charCodeAt(at + 1)));
}
