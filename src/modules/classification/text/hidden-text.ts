import { asciiClass, DIGITS, SMALL_LETTERS } from './char-classes.js';
import { normalisePrompt } from './normalise-prompt.js';

const BASE64_RUN = /[A-Za-z0-9+/_-]{24,4000}={0,2}/g;
const MIN_RUN_CHARS = 24;
const BASE64 = asciiClass(`${SMALL_LETTERS}${SMALL_LETTERS.toUpperCase()}${DIGITS}+/_-`);
const MAX_RUNS = 4;
const MAX_DECODED_CHARS = 1_000;
/** A decoded run counts as text when at least this share of it is letters, digits, spaces or common punctuation. */
const READABLE_SHARE = 0.93;
const MIN_SPACE_SHARE = 0.05;

const LEET_LETTERS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
};
const LEET_WORD =
  /(?<![a-z0-9@$])(?=[a-z0-9@$!]{0,24}[a-z])(?=[a-z0-9@$!]{0,24}[0134578@$!][a-z0134578@$!])[a-z0134578@$!]{3,24}/g;
const LETTER = asciiClass(SMALL_LETTERS);
const LEET = asciiClass('0134578@$!');
const LEET_PAIR = asciiClass(`${SMALL_LETTERS}0134578@$!`);
const LEET_RUN = asciiClass(`${SMALL_LETTERS}${DIGITS}@$!`);
const MAX_LEET_WORDS = 40;
const SPACED_LETTERS = /(?<![a-z])[a-z](?:[ ._*-][a-z]){3,24}(?![a-z])/g;
const SPACER = asciiClass(' ._*-');

/** What base64 runs of a prompt say, normalised; empty when there is nothing readable. */
export function decodedBase64(text: string): string {
  if (!hasLongRun(text)) return '';
  const found: string[] = [];
  for (const [run] of text.matchAll(BASE64_RUN)) {
    if (found.length === MAX_RUNS) break;
    const decoded = Buffer.from(run, 'base64').toString('utf8').slice(0, MAX_DECODED_CHARS);
    if (isReadable(decoded)) found.push(normalisePrompt(decoded));
  }
  return found.join('\n');
}

/** Whether there are so many characters of base64 in a row: one of them is looked at whatever the run begins with. */
function hasLongRun(text: string): boolean {
  for (let at = MIN_RUN_CHARS - 1; at < text.length; at += MIN_RUN_CHARS) {
    if (BASE64[text.charCodeAt(at)] !== 1) continue;
    let start = at;
    while (start > 0 && at - start < MIN_RUN_CHARS && BASE64[text.charCodeAt(start - 1)] === 1) start--;
    let end = at + 1;
    while (end < text.length && end - start < MIN_RUN_CHARS && BASE64[text.charCodeAt(end)] === 1) end++;
    if (end - start >= MIN_RUN_CHARS) return true;
  }
  return false;
}

function isReadable(decoded: string): boolean {
  const readable = decoded.match(/[A-Za-z0-9 .,;:?!'"()\n-]/g)?.length ?? 0;
  const spaces = decoded.match(/ /g)?.length ?? 0;
  return readable >= decoded.length * READABLE_SHARE && spaces >= decoded.length * MIN_SPACE_SHARE;
}

/**
 * Words written with digits for letters ("h4ck") or letter by letter ("h a c k") in their plain spelling, as an addition
 * to the text: what they are in place of stays, for "3d", "mp3" and "a b c d" are honest words.
 * @param text normalised
 */
export function plainSpellings(text: string): string {
  const words: string[] = [];
  for (const run of leetRuns(text)) {
    for (const [word] of run.matchAll(LEET_WORD)) {
      let plain = '';
      for (const letter of word) plain += LEET_LETTERS[letter] ?? letter;
      words.push(plain);
    }
  }
  words.length = Math.min(words.length, MAX_LEET_WORDS);
  if (!hasSpacedLetters(text)) return words.join(' ');
  for (const [letters] of text.matchAll(SPACED_LETTERS)) {
    if (words.length === MAX_LEET_WORDS) break;
    words.push(letters.replace(/[ ._*-]/g, ''));
  }
  return words.join(' ');
}

/** Runs of letters, digits and signs that may hold a `LEET_WORD`: that pattern sees no further than its run. */
function leetRuns(text: string): string[] {
  const runs: string[] = [];
  for (let at = 0; at + 1 < text.length; at++) {
    if (LEET[text.charCodeAt(at)] !== 1 || LEET_PAIR[text.charCodeAt(at + 1)] !== 1) continue;
    let start = at;
    while (start > 0 && LEET_RUN[text.charCodeAt(start - 1)] === 1) start--;
    let end = at + 2;
    while (end < text.length && LEET_RUN[text.charCodeAt(end)] === 1) end++;
    runs.push(text.slice(start, end));
    at = end;
  }
  return runs;
}

/** Whether single letters stand between spacers: two in a row are in every run of `SPACED_LETTERS`. */
function hasSpacedLetters(text: string): boolean {
  let lastSpacer = -1;
  let inRow = 0;
  for (let at = 0; at < text.length; at++) {
    if (SPACER[text.charCodeAt(at)] !== 1) continue;
    inRow = at - lastSpacer === 2 && LETTER[text.charCodeAt(at - 1)] === 1 ? inRow + 1 : 0;
    if (inRow === 2) return true;
    lastSpacer = at;
  }
  return false;
}
