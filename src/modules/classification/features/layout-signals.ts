const LENGTHS = [20, 40, 80, 160, 320, 640, 1_280, 2_560];
const LOOKED_AT_CHARS = 1_500;
const LOOKED_AT_END_CHARS = 400;

const MARKS: readonly (readonly [string, RegExp])[] = [
  ['question at the end', /\?\s*$/],
  ['question in the first line', /^[^\n?]{0,300}\?/],
  ['colon at the end of a line', /:\s*\n/],
  ['colon early', /^[^\n:]{3,80}:\s/],
  ['ends with a colon', /:\s*$/],
  ['fence', /```/],
  ['braces', /[{}]\s*\n/],
  ['call', /[a-z_.]\([^)\n]{0,60}\)\s*[;:{\n]/],
  ['assignment', /^\s{0,20}[a-z_][\w.]{0,40}\s?[:+]?=\s?\S/m],
  ['tag', /<\/?[a-z][^>\n]{0,80}>/],
  ['table row', /^\s?\|[^|\n]{1,200}\|/m],
  ['text behind a table', /\|[ \t]*\n{1,3}[^|\n]{8,300}\s*$/],
  ['comma rows', /^[^,\n]{1,60}(?:,[^,\n]{1,60}){2,20}\n[^,\n]{1,60}(?:,[^,\n]{1,60}){2,20}$/m],
  ['tab', /\S\t\S/],
  ['list', /^\s{0,8}(?:[-*•]|\d{1,2}[.)])\s.{1,200}\n\s{0,8}(?:[-*•]|\d{1,2}[.)])\s/m],
  ['quotation', /"[^"\n]{12,400}"/],
  ['stack trace', /^\s{0,12}(?:at \S{1,120}\(|file "[^"\n]{1,120}", line \d)/m],
  ['error name', /(?:error|exception):/],
  ['arithmetic', /\d\s?[-+*/×÷^=]\s?\d/],
  ['unknown with a sign', /\b\d{0,3}[xyz]\s?[-+=^]\s?\d/],
  ['money or percent', /[$€£]\s?\d|\d\s?(?:%|percent|dollars|euros)/],
  ['second person at the start', /^(?:you are|you're|you will|act as|i want you)/],
  [
    'name and colon lines',
    /^(?:user|human|assistant|q|a|question|answer|context|text|article|passage|review|input|output)\s?:/m,
  ],
  ['non-latin letters', /[\u0370-\u1fff\u3040-\u9fff\uac00-\ud7af]/],
  ['latin letters with marks', /[\u00c0-\u024f]/],
  ['link', /https?:\/\//],
  ['emoji', /[\u2600-\u27bf]|[\ud83c-\ud83e][\udc00-\udfff]/],
];

/** What can be seen of a text without reading it: length, lines, code, tables, lists, formulas. */
export function layoutSignals(text: string): string[] {
  const head =
    text.length > LOOKED_AT_CHARS
      ? `${text.slice(0, LOOKED_AT_CHARS - LOOKED_AT_END_CHARS)}\n${text.slice(-LOOKED_AT_END_CHARS)}`
      : text;
  const signals = MARKS.filter(([, pattern]) => pattern.test(head)).map(([name]) => name);
  signals.push(`length ${String(LENGTHS.filter((limit) => text.length >= limit).length)}`);
  let lines = 1;
  for (let at = head.indexOf('\n'); at !== -1; at = head.indexOf('\n', at + 1)) lines++;
  signals.push(`lines ${String(Math.min(6, Math.floor(Math.log2(lines))))}`);
  return signals;
}
