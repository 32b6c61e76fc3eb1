import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '../../../../common/errors/domain-error.js';
import type { DomainErrorDetails } from '../../../../common/errors/domain-error.js';
import {
  invalidRequest,
  notFound,
  unavailable,
  unprocessable,
  upstreamFailed,
  upstreamTimeout,
} from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import { UpstreamStatus } from './upstream-status.js';

/** Codes of an upstream's refusal that tell the client what to change. Any other word of the upstream stays here. */
const PASSED_CODES: Readonly<Record<string, string>> = {
  context_length_exceeded: 'The prompt and the completion limit are too long for this model.',
  string_above_max_length: 'A text in the request is longer than this model allows.',
  unsupported_parameter: 'The request has a parameter that this model does not support.',
  unsupported_value: 'The request has a value that this model does not support.',
  invalid_value: 'The request has a value that the upstream provider does not accept.',
  invalid_type: 'The request has a value whose type the upstream provider does not accept.',
  invalid_image_format: 'An image in the request has a format that this model does not read.',
  invalid_image_url: 'An image in the request could not be fetched by the upstream provider.',
  content_filter: 'The upstream provider refused the request because of its content.',
  content_policy_violation: 'The upstream provider refused the request because of its content.',
};
const DEFAULT_RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 3_600;

/**
 * What a client is told about an upstream's answer that is not a 200. Its text never passes, only enumerated codes.
 * @param body the answer's bytes, read for a code only
 */
export function statusError(status: number, headers: IncomingHttpHeaders, body: Buffer): DomainError {
  const wait = retryAfterMs(headers);
  const cause = new UpstreamStatus(status, wait);
  switch (status) {
    case 400:
      return refusal(invalidRequest, body, 'The upstream provider refused the request.', 'upstream_bad_request', cause);
    case 404:
      return refusal(notFound, body, 'The upstream provider does not know this model.', 'upstream_not_found', cause);
    case 413:
      return new DomainError('payload_too_large', 'The request is too large for the upstream provider.', {
        code: 'upstream_request_too_large',
        cause,
      });
    case 422:
      return refusal(
        unprocessable,
        body,
        'The upstream provider refused the request.',
        'upstream_unprocessable',
        cause,
      );
    case 401:
    case 403:
      return upstreamFailed('The upstream provider refused our credentials.', { code: 'upstream_auth_failed', cause });
    case 408:
    case 504:
      return upstreamTimeout('The upstream provider did not answer in time.', { cause });
    case 429:
      return new DomainError('rate_limited', 'The upstream provider is limiting its requests. Please retry later.', {
        code: 'upstream_rate_limited',
        retryAfterSeconds: asRetrySeconds(wait),
        cause,
      });
    case 503:
    case 529:
      return unavailable('The upstream provider is overloaded. Please retry later.', {
        code: 'upstream_unavailable',
        retryAfterSeconds: asRetrySeconds(wait),
        cause,
      });
    default:
      return upstreamFailed('The upstream provider failed.', { cause });
  }
}

function refusal(
  make: (message: string, details: DomainErrorDetails) => DomainError,
  body: Buffer,
  message: string,
  code: string,
  cause: Error,
): DomainError {
  const told = enumeratedCode(body);
  return told === undefined ? make(message, { code, cause }) : make(PASSED_CODES[told], { code: told, cause });
}

function enumeratedCode(body: Buffer): string | undefined {
  const answer = parse(body);
  const code = isJsonObject(answer) && isJsonObject(answer.error) ? answer.error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(PASSED_CODES, code) ? code : undefined;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    // Not JSON, such as a proxy's HTML page: then there is no code in it.
    return undefined;
  }
}

function asRetrySeconds(waitMs: number | undefined): number {
  const seconds = waitMs === undefined ? DEFAULT_RETRY_SECONDS : Math.ceil(waitMs / 1_000);
  return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, seconds));
}

/** `retry-after-ms`, which OpenAI sends too, else `Retry-After` in seconds or as a date. */
function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const exact = headers['retry-after-ms'];
  if (typeof exact === 'string' && /^\d{1,9}$/.test(exact)) return Number(exact);
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
