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
  too_early: 425,
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
  too_early: 'rate_limit_error',
  internal: 'server_error',
};

const ANTHROPIC_TYPE: Record<ErrorKind, string> = {
  invalid_request: 'invalid_request_error',
  unprocessable: 'invalid_request_error',
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  conflict: 'invalid_request_error',
  payload_too_large: 'request_too_large',
  quota_exceeded: 'rate_limit_error',
  rate_limited: 'rate_limit_error',
  upstream_failed: 'api_error',
  upstream_timeout: 'timeout_error',
  unavailable: 'overloaded_error',
  too_early: 'rate_limit_error',
  internal: 'api_error',
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

/** Anthropic's error object. Also what a stream sends as its error event. */
export function anthropicError(error: DomainError): Record<string, unknown> {
  const { param, facts } = error.details;
  // There is no field for the parameter there: the message has to name it.
  const message = param === undefined || error.message.includes(param) ? error.message : `${param}: ${error.message}`;
  return { type: 'error', error: { type: ANTHROPIC_TYPE[error.kind], message, ...facts } };
}

/**
 * An error on the wire of one dialect: status, headers, body.
 * @param requestId for the dialect whose errors tell it
 */
export function renderError(error: DomainError, dialect: ErrorDialect, requestId?: string): RenderedError {
  const status = error.details.status ?? statusOf(error.kind, dialect);
  const rendered = { status, headers: headersOf(error, status), body: bodyOf(error, dialect) };
  if (dialect !== 'anthropic' || requestId === undefined) return rendered;
  return {
    ...rendered,
    headers: { ...rendered.headers, 'request-id': requestId },
    body: { ...rendered.body, request_id: requestId },
  };
}

function statusOf(kind: ErrorKind, dialect: ErrorDialect): number {
  return kind === 'unprocessable' && (dialect === 'worker' || dialect === 'anthropic') ? 400 : STATUS[kind];
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
      return { error: openAiError(error), detail: error.details.detail ?? error.message };
    case 'anthropic':
      return anthropicError(error);
    case 'worker':
      return { error: error.message, detail: error.message, ...error.details.facts };
    case 'detail': {
      const { code, facts, detail } = error.details;
      return {
        detail: detail ?? error.message,
        error: error.message,
        ...(code === undefined ? {} : { code }),
        ...facts,
      };
    }
  }
}
