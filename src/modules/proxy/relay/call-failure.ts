import type { DomainError } from '../../../common/errors/domain-error.js';
import { unavailable, upstreamFailed, upstreamTimeout } from '../../../common/errors/errors.js';

/** Why a call that was under way cannot be finished. */
export type CallFailure =
  | 'truncated'
  | 'malformed'
  | 'in_band_error'
  | 'too_large'
  | 'connection_lost'
  | 'idle_timeout'
  | 'total_timeout'
  | 'lease_lost';

/** What the client is told about it. */
export function failureError(failure: CallFailure, cause?: unknown): DomainError {
  switch (failure) {
    case 'truncated':
      return upstreamFailed('The upstream provider ended its answer before it was complete.', {
        code: 'upstream_truncated',
        cause,
      });
    case 'malformed':
      return upstreamFailed('The upstream provider sent an answer that cannot be read.', {
        code: 'upstream_malformed',
        cause,
      });
    case 'in_band_error':
      return upstreamFailed('The upstream provider failed while it was answering.', { cause });
    case 'too_large':
      return upstreamFailed('The upstream provider sent a larger answer than is allowed.', {
        code: 'upstream_answer_too_large',
        cause,
      });
    case 'connection_lost':
      return upstreamFailed('The connection to the upstream provider broke.', {
        code: 'upstream_connection_lost',
        cause,
      });
    case 'idle_timeout':
      return upstreamTimeout('The upstream provider stopped answering.', { code: 'upstream_idle_timeout', cause });
    case 'total_timeout':
      return upstreamTimeout('The answer took longer than is allowed.', { code: 'upstream_total_timeout', cause });
    case 'lease_lost':
      return unavailable('The call was stopped, because its quota could not be kept reserved.', {
        code: 'lease_lost',
        cause,
      });
  }
}
