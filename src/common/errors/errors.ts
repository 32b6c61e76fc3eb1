import { DomainError } from './domain-error.js';
import type { DomainErrorDetails } from './domain-error.js';

type Details = DomainErrorDetails;

export const invalidRequest = (message: string, details?: Details) =>
  new DomainError('invalid_request', message, details);
export const unprocessable = (message: string, details?: Details) => new DomainError('unprocessable', message, details);
export const unauthenticated = (message: string, details?: Details) =>
  new DomainError('unauthenticated', message, details);
export const forbidden = (message: string, details?: Details) => new DomainError('forbidden', message, details);
export const notFound = (message: string, details?: Details) => new DomainError('not_found', message, details);
export const conflict = (message: string, details?: Details) => new DomainError('conflict', message, details);
export const upstreamFailed = (message: string, details?: Details) =>
  new DomainError('upstream_failed', message, { code: 'upstream_error', ...details });
export const upstreamTimeout = (message: string, details?: Details) =>
  new DomainError('upstream_timeout', message, { code: 'upstream_timeout', ...details });

/** A dependency (the database above all) cannot be asked right now: 503, safe to retry. */
export const unavailable = (message: string, details?: Details) =>
  new DomainError('unavailable', message, { code: 'service_unavailable', retryAfterSeconds: 2, ...details });
