import type { DomainError } from '../../../common/errors/domain-error.js';
import { isConnectError } from '../providers/http/connection-errors.js';
import { UpstreamStatus } from '../providers/http/upstream-status.js';

/** What a failed attempt says about the next one. */
export interface RetryAdvice {
  /** The same target may well answer a second time, after a pause. */
  readonly again: boolean;
  /** The key was refused or limited: another one may do at once. */
  readonly blamesKey: boolean;
  /** What the upstream asked us to wait, else a short pause of our own. */
  readonly waitMs: number;
  /** Another target may answer: the fault does not lie in the request. */
  readonly elsewhere: boolean;
  /** The target is ailing: its breaker counts this. */
  readonly ailing: boolean;
}

const RATE_LIMIT_PAUSE_MS = 500;
const FAILURE_PAUSE_MS = 150;
/** Answers that blame the request itself: every target would give the same. */
const BLAMES_THE_REQUEST = new Set([400, 413, 422]);
const HOPELESS: RetryAdvice = { again: false, blamesKey: false, waitMs: 0, elsewhere: false, ailing: false };

/** Reads a failed attempt. Only connections that never stood, 429 and 5xx are tried again on the same target. */
export function adviceOn({ kind, details: { cause } }: DomainError): RetryAdvice {
  if (cause instanceof UpstreamStatus) return adviceOnStatus(cause);
  const isUpstreamsFault = kind === 'upstream_failed' || kind === 'upstream_timeout';
  if (!isUpstreamsFault) return HOPELESS;
  return { ...HOPELESS, again: isConnectError(cause), waitMs: FAILURE_PAUSE_MS, elsewhere: true, ailing: true };
}

function adviceOnStatus({ status, retryAfterMs }: UpstreamStatus): RetryAdvice {
  if (BLAMES_THE_REQUEST.has(status)) return HOPELESS;
  const isLimited = status === 429;
  return {
    again: isLimited || status >= 500,
    blamesKey: isLimited || status === 401 || status === 403,
    waitMs: retryAfterMs ?? (isLimited ? RATE_LIMIT_PAUSE_MS : FAILURE_PAUSE_MS),
    elsewhere: true,
    ailing: !isLimited,
  };
}
