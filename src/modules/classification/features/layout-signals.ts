import { hashText, joinHashes } from './hashing.js';

const LENGTHS = [20, 40, 80, 160, 320, 640, 1_280, 2_560];
const LOOKED_AT_CHARS = 1_500;
const LOOKED_AT_END_CHARS = 400;

/** Stands for all characters outside of ASCII. */
const NON_ASCII = '\x7f';
const NON_ASCII_CODE = NON_ASCII.charCodeAt(0);
const NEWLINE = 10;
const DIGITS = '0123456789';

/** Name, characters of which the text must have one (most have none, and that is cheap to see), pattern. */
const MARKS: readonly (readonly [string, string, RegExp])[] = [
  ['question at the end', '?', /\?\s*$/],
  ['question in the first line', '?', /^[^\n?]{0,300}\?/],
  ['colon at the end of a line', ':', /:\s*\n/],
  ['colon early', ':', /^[^\n:]{3,80}:\s/],
  ['ends with a colon', ':', /:\s*$/],
  ['fence', '`', /```/],
  ['braces', '{}', /[{}]\s*\n/],
  ['call', '(', /[a-z_.]\([^)\n]{0,60}\)\s*[;:{\n]/],
  ['assignment', '=', /^\s{0,20}[a-z_][\w.]{0,40}\s?[:+]?=\s?\S/m],
  ['tag', '<', /<\/?[a-z][^>\n]{0,80}>/],
  ['table row', '|', /^\s?\|[^|\n]{1,200}\|/m],
  ['text behind a table', '|', /\|[ \t]*\n{1,3}[^|\n]{8,300}\s*$/],
  ['comma rows', ',', /^[^,\n]{1,60}(?:,[^,\n]{1,60}){2,20}\n[^,\n]{1,60}(?:,[^,\n]{1,60}){2,20}$/m],
  ['tab', '\t', /\S\t\S/],
  ['list', '\n', /^\s{0,8}(?:[-*•]|\d{1,2}[.)])\s.{1,200}\n\s{0,8}(?:[-*•]|\d{1,2}[.)])\s/m],
  ['quotation', '"', /"[^"\n]{12,400}"/],
  ['stack trace', '("', /^\s{0,12}(?:at \S{1,120}\(|file "[^"\n]{1,120}", line \d)/m],
  ['error name', ':', /(?:error|exception):/],
  ['arithmetic', DIGITS, /\d\s?[-+*/×÷^=]\s?\d/],
  ['unknown with a sign', DIGITS, /\b\d{0,3}[xyz]\s?[-+=^]\s?\d/],
  ['money or percent', DIGITS, /[$€£]\s?\d|\d\s?(?:%|percent|dollars|euros)/],
  ['second person at the start', 'yai', /^(?:you are|you're|you will|act as|i want you)/],
  [
    'name and colon lines',
    ':',
    /^(?:user|human|assistant|q|a|question|answer|context|text|article|passage|review|input|output)\s?:/m,
  ],
  ['non-latin letters', NON_ASCII, /[\u0370-\u1fff\u3040-\u9fff\uac00-\ud7af]/],
  ['latin letters with marks', NON_ASCII, /[\u00c0-\u024f]/],
  ['link', ':', /https?:\/\//],
  ['emoji', NON_ASCII, /[\u2600-\u27bf]|[\ud83c-\ud83e][\udc00-\udfff]/],
];

const NEEDED = MARKS.map(([, characters]) => Uint8Array.from(characters, (character) => character.charCodeAt(0)));

const LAYOUT = hashText('layout');
const LINES_SHOWN = 6;
const MARK_HASHES = MARKS.map(([name]) => signalHash(name));
const LENGTH_HASHES = Array.from({ length: LENGTHS.length + 1 }, (_, at) => signalHash(`length ${at}`));
const LINES_HASHES = Array.from({ length: LINES_SHOWN + 1 }, (_, at) => signalHash(`lines ${at}`));

function signalHash(name: string): number {
  return joinHashes(LAYOUT, hashText(name));
}

const present = new Uint8Array(128);

/** Hashes of what can be seen of a text without reading it: length, lines, code, tables, lists, formulas. */
export function layoutSignals(text: string): number[] {
  const head =
    text.length > LOOKED_AT_CHARS
      ? `${text.slice(0, LOOKED_AT_CHARS - LOOKED_AT_END_CHARS)}\n${text.slice(-LOOKED_AT_END_CHARS)}`
      : text;
  const lines = 1 + lookAtCharacters(head);
  const signals: number[] = [];
  for (let mark = 0; mark < MARKS.length; mark++) {
    if (hasOneOf(NEEDED[mark]) && MARKS[mark][2].test(head)) signals.push(MARK_HASHES[mark]);
  }
  signals.push(
    LENGTH_HASHES[LENGTHS.filter((limit) => text.length >= limit).length],
    LINES_HASHES[Math.min(LINES_SHOWN, Math.floor(Math.log2(lines)))],
  );
  return signals;
}

/** Notes which characters there are. @returns the number of line ends */
function lookAtCharacters(text: string): number {
  present.fill(0);
  let newlines = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    present[code < 128 ? code : NON_ASCII_CODE] = 1;
    if (code === NEWLINE) newlines++;
  }
  return newlines;
}

function hasOneOf(codes: Uint8Array): boolean {
  return codes.some((code) => present[code] === 1);
}
