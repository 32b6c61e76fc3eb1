/** An error in one line. Never the whole object: drivers hang statements and passwords on theirs. */
export function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown };
  const words = [name, code, message].filter((word): word is string => typeof word === 'string' && word !== '');
  return words.length > 0 ? words.join(': ') : 'unknown error';
}
