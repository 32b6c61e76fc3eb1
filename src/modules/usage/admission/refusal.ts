import { DomainError } from '../../../common/errors/domain-error.js';
import type { DomainErrorDetails } from '../../../common/errors/domain-error.js';
import { forbidden, unauthenticated, unavailable } from '../../../common/errors/errors.js';
import type { AdmissionRequest } from './admission.types.js';
import type { AdmissionRow } from './admit.statement.js';
import { quotaOf } from './hold.js';
import { quotaHeaders } from './quota-headers.js';

const SUBJECTS = [' of the installation', '', ' of your API key', ' of your task'];
const PERIOD_NAMES = ['', 'Daily', 'Monthly', 'Lifetime'];
const NANO_USD_PER_USD = 1_000_000_000;
const RETRY_WHILE_HELD_SECONDS = 1;

/**
 * The error of a call that was not admitted. It names the limit, what is used of it, what the call would have needed,
 * and when it resets.
 */
export function refusalOf(request: AdmissionRequest, row: AdmissionRow): DomainError {
  switch (row.outcome) {
    case 'account_blocked':
      return forbidden(`User account is blocked: ${row.block_reason ?? 'no reason was given'}`, {
        code: 'account_suspended',
        facts: { case_id: row.case_id },
        retryable: false,
      });
    case 'account_inactive':
      return forbidden('Inactive user', { code: 'account_inactive', retryable: false });
    case 'account_missing':
    case 'key_revoked':
      return unauthenticated('Invalid API key', { code: 'invalid_api_key' });
    case 'frozen':
      return unavailable('The administrator has stopped all calls for now.', { code: 'frozen', retryAfterSeconds: 60 });
    case 'model_not_allowed':
      return forbidden('Your account may not use this model.', {
        code: 'model_not_allowed',
        param: 'model',
        retryable: false,
      });
    case 'concurrent_requests':
      return refused(row, 'rate_limited', `Your account may have ${row.refusing_limit} requests in flight at once.`, {
        code: 'concurrent_requests_exceeded',
        retryAfterSeconds: RETRY_WHILE_HELD_SECONDS,
        facts: {
          limit_name: 'concurrent_requests',
          limit: Number(row.refusing_limit),
          used: Number(row.refusing_used),
        },
      });
    case 'requests_per_minute':
      return tooFast(row, 'minute');
    case 'requests_per_hour':
      return tooFast(row, 'hour');
    case 'tokens_spent':
    case 'cost_spent':
      return spent(request, row);
    case 'tokens_held':
    case 'cost_held':
      return held(request, row);
    case 'no_price':
      return forbidden('This model has no price, and your account has a cost limit.', {
        code: 'model_without_price',
        param: 'model',
        retryable: false,
      });
    case 'voided':
    case 'admitted':
      return unavailable('The quota could not be checked in time. Please try again.');
  }
}

function tooFast(row: AdmissionRow, unit: string): DomainError {
  const { limit, used, resetsAt } = refusingLimit(row);
  const waitMs = resetsAt === null ? 0 : new Date(resetsAt).getTime() - row.decided_at.getTime();
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return refused(row, 'rate_limited', `Rate limit exceeded: ${used} of ${limit} requests per ${unit} are used.`, {
    code: 'rate_limit_exceeded',
    retryAfterSeconds,
    facts: { limit_name: `requests_per_${unit}`, limit, used, resets_at: resetsAt },
  });
}

function spent(request: AdmissionRequest, row: AdmissionRow): DomainError {
  const { name, limit, used, resetsAt } = refusingLimit(row);
  const needed = neededFor(request, row, Math.min(request.completionTokensWanted, 1));
  const reset = resetsAt === null ? 'It does not reset.' : `It resets at ${resetsAt}.`;
  const use = `${used} of ${limit} are used, and this call needs at least ${needed}`;
  return refused(row, 'quota_exceeded', `${name} exceeded: ${use}. ${reset}`, {
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    retryable: false,
    facts: { limit_name: name, limit, used, needed, resets_at: resetsAt },
  });
}

function held(request: AdmissionRequest, row: AdmissionRow): DomainError {
  const { name, limit, used, resetsAt } = refusingLimit(row);
  // The completion is cut down to what the limit leaves, whoever holds it.
  const needed = Math.min(neededFor(request, row, request.completionTokensWanted), limit - used);
  const use = `${used} are used, and this call needs up to ${needed}`;
  const message = `${name} of ${limit} is held by your requests in flight (${use}). Retry when they end.`;
  return refused(row, 'rate_limited', message, {
    code: 'rate_limit_exceeded',
    retryAfterSeconds: RETRY_WHILE_HELD_SECONDS,
    facts: { limit_name: name, limit, used, needed, resets_at: resetsAt, held_by_requests_in_flight: true },
  });
}

function refused(
  row: AdmissionRow,
  kind: 'rate_limited' | 'quota_exceeded',
  message: string,
  more: DomainErrorDetails,
) {
  return new DomainError(kind, message, { ...more, headers: quotaHeaders(quotaOf(row)) });
}

/** Reserve of the call with that many completion tokens for each choice, in the unit of the limit that refused it. */
function neededFor(
  { promptTokensReserved, choices, price }: AdmissionRequest,
  row: AdmissionRow,
  completionTokens: number,
): number {
  const completions = completionTokens * choices;
  if (!isInDollars(row)) return promptTokensReserved + completions;
  const { inputNanoUsdPerToken = 0, outputNanoUsdPerToken = 0 } = price ?? {};
  return (promptTokensReserved * inputNanoUsdPerToken + completions * outputNanoUsdPerToken) / NANO_USD_PER_USD;
}

function isInDollars(row: AdmissionRow): boolean {
  return row.outcome === 'cost_spent' || row.outcome === 'cost_held';
}

function refusingLimit(row: AdmissionRow) {
  const inDollars = isInDollars(row);
  const scale = inDollars ? NANO_USD_PER_USD : 1;
  const ofSubject = SUBJECTS[row.refusing_subject ?? 1] ?? '';
  const period = PERIOD_NAMES[row.refusing_period ?? 0] ?? '';
  return {
    name: `${period} ${inDollars ? 'cost limit in USD' : 'token limit'}${ofSubject}`,
    limit: Number(row.refusing_limit) / scale,
    used: Number(row.refusing_used) / scale,
    resetsAt: row.refusing_resets_at instanceof Date ? row.refusing_resets_at.toISOString() : null,
  };
}
