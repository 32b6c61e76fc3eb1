import { QueryFailedError } from 'typeorm';

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

/** What the driver says, without a code, when there is no connection to be had or it broke. */
const CONNECTION_TROUBLE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed)/;
const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/** As {@link isOutage}, for an error of which it is not known that it came from the database. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof QueryFailedError) return isOutage(error);
  if (typeof error !== 'object' || error === null) return false;
  if ('severity' in error) return isOutage(error);
  if ('code' in error && 'syscall' in error) return NETWORK_CODES.has(String(error.code));
  return 'message' in error && CONNECTION_TROUBLE.test(String(error.message));
}
