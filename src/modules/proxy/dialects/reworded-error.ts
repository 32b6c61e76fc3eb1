import { DomainError } from '../../../common/errors/domain-error.js';
import type { DomainErrorDetails } from '../../../common/errors/domain-error.js';

/** The same error in a dialect's words, or with the status that it documents. */
export function reworded(error: DomainError, message: string, details: DomainErrorDetails = {}): DomainError {
  return new DomainError(error.kind, message, { ...error.details, ...details });
}

/** The upstream's own failure: neither the client's fault nor ours. */
export function isUpstreamFailure({ kind }: DomainError): boolean {
  return kind === 'upstream_failed' || kind === 'upstream_timeout';
}
