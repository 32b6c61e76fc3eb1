import type { DomainError, ErrorKind } from './domain-error.js';
import type { ErrorDialect } from './error-dialect.js';

const STATUS: Record<ErrorKind, number> = {
  invalid_request: 400,
  unprocessable: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  quota_exceeded: 429,
  rate_limited: 429,
  upstream_failed: 502,
  upstream_timeout: 504,
  unavailable: 503,
  internal: 500,
};

const OPENAI_TYPE: Record<ErrorKind, string> = {
  invalid_request: 'invalid_request_error',
  unprocessable: 'invalid_request_error',
  unauthenticated: 'invalid_request_error',
  forbidden: 'permission_error',
  not_found: 'invalid_request_error',
  conflict: 'invalid_request_error',
  payload_too_large: 'invalid_request_error',
  quota_exceeded: 'insufficient_quota',
  rate_limited: 'rate_limit_error',
  upstream_failed: 'upstream_error',
  upstream_timeout: 'upstream_error',
  unavailable: 'service_unavailable',
  internal: 'server_error',
};

const DEFAULT_CODE: Partial<Record<ErrorKind, string>> = {
  unauthenticated: 'invalid_api_key',
  payload_too_large: 'request_too_large',
  internal: 'internal_error',
};

export interface RenderedError {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
}

/** OpenAI's error object. Also what a stream sends as its error event. */
export function openAiError(error: DomainError): Record<string, unknown> {
  return {
    message: error.message,
    type: error.details.type ?? OPENAI_TYPE[error.kind],
    param: error.details.param ?? null,
    code: error.details.code ?? DEFAULT_CODE[error.kind] ?? null,
    ...error.details.facts,
  };
}

/** An error on the wire of one dialect: status, headers, body. */
export function renderError(error: DomainError, dialect: ErrorDialect): RenderedError {
  const status = dialect === 'worker' && error.kind === 'unprocessable' ? 400 : STATUS[error.kind];
  return { status, headers: headersOf(error, status), body: bodyOf(error, dialect) };
}

function headersOf(error: DomainError, status: number): Record<string, string> {
  const { headers, retryAfterSeconds, retryable } = error.details;
  return {
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...(retryable === false ? { 'x-should-retry': 'false' } : {}),
    ...headers,
  };
}

function bodyOf(error: DomainError, dialect: ErrorDialect): Record<string, unknown> {
  switch (dialect) {
    case 'openai':
      return { error: openAiError(error) };
    case 'guardflow':
      return { error: openAiError(error), detail: error.message };
    case 'worker':
      return { error: error.message, detail: error.message };
    case 'detail': {
      const { code, facts } = error.details;
      return { detail: error.message, error: error.message, ...(code === undefined ? {} : { code }), ...facts };
    }
  }
}
