import { HttpException } from '@nestjs/common';
import { isDatabaseOutage } from '../../database/postgres-errors.js';
import { DomainError } from './domain-error.js';
import type { ErrorKind } from './domain-error.js';
import { unavailable } from './errors.js';

const KIND_OF_STATUS: Record<number, ErrorKind> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'not_found',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'invalid_request',
  422: 'unprocessable',
  429: 'rate_limited',
  503: 'unavailable',
};

/** Our own words for what the framework refuses before a controller sees it: its texts may quote the body. */
const FRAMEWORK_ERRORS: Record<string, { message: string; code: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { message: 'The request body is too large.', code: 'request_too_large' },
  FST_ERR_CTP_INVALID_JSON_BODY: { message: 'The request body is not valid JSON.', code: 'invalid_json' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { message: 'The request body is empty, but JSON was announced.', code: 'invalid_json' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { message: 'Content-Length does not match the body.', code: 'invalid_body' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { message: 'Content-Type must be application/json.', code: 'invalid_content_type' },
};

/**
 * Whatever was thrown, as an error that may be shown to a client.
 * @param bodyLimitBytes what the route takes, for the refusal of more
 */
export function toDomainError(exception: unknown, bodyLimitBytes?: number): DomainError {
  if (exception instanceof DomainError) return exception;
  if (isDatabaseOutage(exception)) {
    return unavailable('The database cannot be reached right now. Please try again.', { cause: exception });
  }
  const origin: unknown = exception instanceof HttpException ? (exception.cause ?? exception) : exception;
  const framework = FRAMEWORK_ERRORS[stringField(origin, 'code') ?? ''];
  const status = statusOf(exception);
  const kind = status === undefined ? undefined : KIND_OF_STATUS[status];
  if (framework?.code === 'request_too_large' && bodyLimitBytes !== undefined) {
    return new DomainError(
      'payload_too_large',
      `The request body is too large: at most ${bodyLimitBytes} bytes are taken.`,
      {
        code: framework.code,
        facts: { limit_bytes: bodyLimitBytes },
        cause: exception,
      },
    );
  }
  if (framework !== undefined && kind !== undefined) {
    return new DomainError(kind, framework.message, { code: framework.code, cause: exception });
  }
  if (origin instanceof SyntaxError && status === 400) {
    return new DomainError('invalid_request', 'The request body is not valid JSON.', { code: 'invalid_json' });
  }
  if (kind === 'not_found') return new DomainError('not_found', 'There is no such route.', { code: 'unknown_route' });
  if (exception instanceof HttpException && kind !== undefined) {
    return new DomainError(kind, exception.message, { cause: exception });
  }
  if (kind !== undefined) return new DomainError(kind, 'The request could not be read.', { cause: exception });
  return new DomainError('internal', 'Something went wrong on our side.', { cause: exception });
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  if (typeof exception !== 'object' || exception === null || !('statusCode' in exception)) return undefined;
  return typeof exception.statusCode === 'number' ? exception.statusCode : undefined;
}

function stringField(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const content: unknown = Reflect.get(value, field);
  return typeof content === 'string' ? content : undefined;
}
