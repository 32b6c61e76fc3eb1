import type { AdmissionRow } from './admit.statement.js';
import type { AdmissionRequest, Hold, QuotaSnapshot } from './admission.types.js';

/** The hold that an admission wrote. */
export function holdOf(request: AdmissionRequest, row: AdmissionRow): Hold {
  return {
    request,
    completionTokensAllowed: row.completion_allowed,
    tokensHeld: Number(row.tokens_held),
    costHeldNanoUsd: Number(row.cost_held),
    windowIds: row.window_ids,
    quota: quotaOf(row),
  };
}

/** The account's limits as the admission saw them, this call's own hold included. */
export function quotaOf(row: AdmissionRow): QuotaSnapshot {
  const limit = (value: string | null) => (value === null ? null : Number(value));
  return {
    requestsPerMinute: {
      limit: row.minute_limit,
      remaining: Math.max(0, row.minute_limit - row.minute_used),
      resetSeconds: Math.ceil(row.minute_resets_ms / 1000),
    },
    daily: {
      limit: limit(row.day_limit),
      spent: Number(row.day_spent),
      held: Number(row.day_held),
      resetsAt: row.day_resets_at,
    },
    monthly: {
      limit: limit(row.month_limit),
      spent: Number(row.month_spent),
      held: Number(row.month_held),
      resetsAt: row.month_resets_at,
    },
    balance: {
      limit: limit(row.lifetime_limit),
      spent: Number(row.lifetime_spent),
      held: Number(row.lifetime_held),
      resetsAt: null,
    },
  };
}
