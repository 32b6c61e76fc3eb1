import type { DomainError } from '../../../../common/errors/domain-error.js';
import { isUpstreamFailure, reworded } from '../reworded-error.js';

const UNREACHABLE_CODES = [
  'upstream_unreachable',
  'upstream_connect_timeout',
  'upstream_connection_lost',
  'upstream_timeout',
  'upstream_idle_timeout',
  'upstream_unavailable',
];
const RETRY_SECONDS = 5;

/** Errors in the words of the AI service. */
export function explainAiServiceError(error: DomainError): DomainError {
  const { code = '', facts = {} } = error.details;
  if (code === 'upstream_rate_limited') return reworded(error, 'AI service is busy, please try again later');
  if (code === 'upstream_auth_failed') return reworded(error, 'AI service configuration error', { status: 500 });
  if (UNREACHABLE_CODES.includes(code)) {
    return reworded(error, 'AI service temporarily unavailable', {
      status: 503,
      retryAfterSeconds: error.details.retryAfterSeconds ?? RETRY_SECONDS,
    });
  }
  if (isUpstreamFailure(error)) return reworded(error, 'An unexpected error occurred', { status: 500 });
  if (facts.limit_name === 'requests_per_minute') {
    return reworded(error, `Rate limit exceeded: ${String(facts.limit)} per 1 minute`);
  }
  return error;
}
