/** What an error means, apart from any wire format. Each kind has one HTTP status, unless a dialect says otherwise. */
export type ErrorKind =
  | 'invalid_request'
  | 'unprocessable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'payload_too_large'
  | 'quota_exceeded'
  | 'rate_limited'
  | 'upstream_failed'
  | 'upstream_timeout'
  | 'unavailable'
  /** The same request is still being answered under its idempotency key. */
  | 'too_early'
  | 'internal';

export interface DomainErrorDetails {
  /** Machine-readable word for clients, such as `insufficient_quota`. */
  code?: string;
  /** The request field at fault. */
  param?: string;
  /** Seconds until a retry may succeed: sent as `Retry-After`. */
  retryAfterSeconds?: number;
  /** False tells SDKs not to retry (`x-should-retry: false`). */
  retryable?: boolean;
  /** OpenAI's `error.type`, where it differs from the one of the kind. */
  type?: string;
  /** HTTP status that a dialect documents, where it differs from the one of the kind. */
  status?: number;
  /** The body's `detail`, where a dialect documents more than the message. */
  detail?: unknown;
  /** Extra response headers, such as the rate-limit ones of a refusal. */
  headers?: Record<string, string>;
  /** Further facts for the body, such as the limit, what was used of it and when it resets. */
  facts?: Record<string, unknown>;
  /** What happened underneath. Logged, never sent. */
  cause?: unknown;
}

/** The one error that services throw. `message` is for the client and never holds upstream text or a secret. */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    message: string,
    readonly details: DomainErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DomainError';
  }
}
