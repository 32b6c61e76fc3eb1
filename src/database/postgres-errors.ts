/** Postgres's five-character code of an error, if it came from the server. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Two transactions met in a way that one of them has to run again: nothing was written. */
export function isSerializationFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}

/** A lock was not free in time: nothing was written. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505';
}

/**
 * Postgres could not be asked, or did not answer: what became of the statement is not known.
 * Without a code from the server the failure is the connection's; classes 08, 53, 57 and 58 are the server's own trouble.
 */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|53|57|58)/.test(state);
}
