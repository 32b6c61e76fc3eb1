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
  /** The window whose limit refused the call, with its numbers: tokens, or nano-dollars for `cost_*`. */
  period: 'day' | 'month' | 'lifetime' | null;
  refusing_limit: string | null;
  refusing_used: string | null;
  refusing_resets_at: Date | null;
  completion_allowed: number;
  tokens_held: string;
  cost_held: string;
  day_id: string;
  month_id: string;
  lifetime_id: string;
  minute_limit: number;
  minute_used: number;
  minute_resets_ms: number;
  hour_limit: number | null;
  hour_used: number;
  hour_resets_ms: number;
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
  text: `SELECT * FROM gatehouse_admit($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[],
           $8::int[], $9::int[], $10::int[], $11::bigint[], $12::bigint[], $13::text[], $14::int, $15::int)`,
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
