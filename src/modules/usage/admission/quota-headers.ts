import type { QuotaSnapshot, QuotaState } from './admission.types.js';

/** The rate-limit headers of an answer or a refusal. Without a token limit there are no token headers. */
export function quotaHeaders(quota: QuotaSnapshot): Record<string, string> {
  const headers: Record<string, string> = {
    'x-ratelimit-limit-requests': String(quota.requestsPerMinute.limit),
    'x-ratelimit-remaining-requests': String(quota.requestsPerMinute.remaining),
    'x-ratelimit-reset-requests': `${quota.requestsPerMinute.resetSeconds}s`,
  };
  const tightest = [quota.daily, quota.monthly, quota.balance]
    .filter((state) => state.limit !== null)
    .sort((a, b) => remainingOf(a) - remainingOf(b))[0];
  if (tightest !== undefined) {
    headers['x-ratelimit-limit-tokens'] = String(tightest.limit);
    headers['x-ratelimit-remaining-tokens'] = String(remainingOf(tightest));
    if (tightest.resetsAt !== null)
      headers['x-ratelimit-reset-tokens'] = `${secondsBetween(quota.takenAt, tightest.resetsAt)}s`;
  }
  addPeriod(headers, 'daily', quota.daily);
  addPeriod(headers, 'monthly', quota.monthly);
  return headers;
}

function addPeriod(headers: Record<string, string>, name: string, state: QuotaState): void {
  if (state.limit === null) return;
  headers[`x-quota-${name}-limit`] = String(state.limit);
  headers[`x-quota-${name}-remaining`] = String(remainingOf(state));
  if (state.resetsAt !== null) headers[`x-quota-${name}-reset`] = state.resetsAt.toISOString();
}

function remainingOf(state: QuotaState): number {
  return Math.max(0, (state.limit ?? 0) - state.spent - state.held);
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.ceil((to.getTime() - from.getTime()) / 1000));
}
