import { plainArray, textArray } from '../../../database/postgres-array.js';
import type { PreparedStatement } from '../../../database/hot-database.js';
import type { AdmissionRequest } from './admission.types.js';

/** Why a call was admitted or not. `*_spent` is final until the window resets, `*_held` waits for calls in flight. */
export type AdmissionOutcome =
  | 'admitted'
  | 'account_missing'
  | 'account_inactive'
  | 'account_blocked'
  | 'key_revoked'
  | 'voided'
  | 'frozen'
  | 'model_not_allowed'
  | 'concurrent_requests'
  | 'requests_per_minute'
  | 'requests_per_hour'
  | 'tokens_spent'
  | 'tokens_held'
  | 'cost_spent'
  | 'cost_held'
  | 'no_price';

/** One answer of `gatehouse_admit`. Bigints arrive as strings; times as dates. */
export interface AdmissionRow {
  item: number;
  outcome: AdmissionOutcome;
  block_reason: string | null;
  case_id: string | null;
  /** Whose limit refused the call, see `QUOTA_SUBJECT_NAMES`; null where no limit did. */
  refusing_subject: number | null;
  /** 1 day, 2 month, 3 lifetime. */
  refusing_period: number | null;
  /** Requests, tokens, or nano-dollars for `cost_*`. */
  refusing_limit: string | null;
  refusing_used: string | null;
  refusing_resets_at: Date | number | null;
  completion_allowed: number;
  tokens_held: string;
  cost_held: string;
  window_ids: string[];
  minute_limit: number;
  minute_used: number;
  minute_resets_ms: number;
  day_limit: string | null;
  day_spent: string;
  day_held: string;
  day_resets_at: Date;
  month_limit: string | null;
  month_spent: string;
  month_held: string;
  month_resets_at: Date;
  lifetime_limit: string | null;
  lifetime_spent: string;
  lifetime_held: string;
}

export const ADMIT: PreparedStatement = {
  name: 'gatehouse_admit',
  text: `SELECT * FROM gatehouse_admit($1::uuid[], $2::int[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[],
           $8::int[], $9::int[], $10::int[], $11::int[], $12::bigint[], $13::bigint[], $14::text[], $15::int, $16::int)`,
};

export function admitParameters(
  requests: readonly AdmissionRequest[],
  defaultRequestsPerMinute: number,
  leaseSeconds: number,
): unknown[] {
  return [
    plainArray(requests.map((request) => request.requestId)),
    plainArray(requests.map((request) => request.userId)),
    plainArray(requests.map((request) => request.apiKeyId ?? 0)),
    plainArray(requests.map((request) => request.taskId ?? 0)),
    textArray(requests.map((request) => request.endpoint)),
    textArray(requests.map((request) => request.model)),
    textArray(requests.map((request) => request.provider)),
    plainArray(requests.map((request) => request.promptTokensReserved)),
    plainArray(requests.map((request) => request.promptTokensCounted)),
    plainArray(requests.map((request) => request.completionTokensWanted)),
    plainArray(requests.map((request) => request.choices)),
    plainArray(requests.map((request) => request.price?.inputNanoUsdPerToken ?? null)),
    plainArray(requests.map((request) => request.price?.outputNanoUsdPerToken ?? null)),
    textArray(requests.map((request) => request.price?.version ?? null)),
    defaultRequestsPerMinute,
    leaseSeconds,
  ];
}
