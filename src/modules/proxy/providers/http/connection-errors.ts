import type { DomainError } from '../../../../common/errors/domain-error.js';
import { upstreamFailed, upstreamTimeout } from '../../../../common/errors/errors.js';

/** Errors that can only come before a connection stands. A reset can come later, and tells by its system call. */
const CONNECT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

interface SystemError {
  readonly code?: unknown;
  readonly syscall?: unknown;
}

/** No connection could be made, so the upstream saw nothing of the call. */
export function isConnectError(error: unknown): boolean {
  const { code, syscall } = asSystemError(error);
  return syscall === 'connect' || (typeof code === 'string' && CONNECT_CODES.has(code));
}

/** What a client may know of a call whose connection failed. */
export function connectionError(error: unknown): DomainError {
  const { code } = asSystemError(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return upstreamTimeout('The upstream provider did not answer in time.', { cause: error });
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return upstreamTimeout('The upstream provider could not be reached in time.', {
      code: 'upstream_connect_timeout',
      cause: error,
    });
  }
  if (isConnectError(error)) {
    return upstreamFailed('The upstream provider cannot be reached.', { code: 'upstream_unreachable', cause: error });
  }
  return upstreamFailed('The connection to the upstream provider broke.', {
    code: 'upstream_connection_lost',
    cause: error,
  });
}

function asSystemError(error: unknown): SystemError {
  return typeof error === 'object' && error !== null ? error : {};
}
