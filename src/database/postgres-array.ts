/*
 * Array literals for prepared statements. The driver's own encoder runs several regular expressions over each element,
 * which shows on the request path.
 */

/** Numbers, UUIDs and booleans: nothing in them needs quoting. */
export function plainArray(values: readonly (number | string | boolean | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : String(value))).join(',')}}`;
}

/** Text of any content. Postgres cannot store the character NUL, nor half of a surrogate pair. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(storableText(value)))).join(',')}}`;
}

/** Text as Postgres can store it: NUL and lone surrogates become the replacement character. */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed();
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
