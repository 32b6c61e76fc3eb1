/** What is taken out of a text, in this order: what looks like a secret may contain what looks like a number. */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]{0,10000}?-----END [A-Z ]+-----/g, '[secret]'],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, '[secret]'],
  [/\b(?:sk|pk|rk|gh|cb|ai|ghp|gho|xox[abp]|AKIA|AIza)[-_]?[A-Za-z0-9_-]{16,}/g, '[secret]'],
  [/(\b(?:password|passwd|secret|api[ _-]?key|token)\b["']?\s*[:=]\s*["']?)[^\s"',;]{4,}/gi, '$1[secret]'],
  [/[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu, '[email]'],
  [/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g, '[iban]'],
  [/\b\d(?:[ -]?\d){12,18}\b/g, '[number]'],
  [/(?<![\w.])\+?\d{1,3}[ ./-]?\(?\d{2,4}\)?(?:[ ./-]?\d{2,4}){2,4}(?![\w.])/g, '[phone]'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '[address]'],
];

/**
 * A text without what identifies people or opens doors: e-mail addresses, phone, card and account numbers, IP addresses,
 * keys, tokens and passwords. By their looks alone: names stay, and so may secrets that look like words.
 */
export function redact(text: string): string {
  return PATTERNS.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
}
