import type { PreparedStatement } from '../../../database/hot-database.js';

/** What became of an attempt to answer for a key. */
export interface ClaimRow {
  outcome: 'claimed' | 'in_flight' | 'answered' | 'not_kept' | 'other_request';
  content_type: string | null;
  body: Buffer | null;
}

export const CLAIM: PreparedStatement = {
  name: 'gatehouse_claim',
  text: 'SELECT * FROM gatehouse_claim($1::int, $2::bytea, $3::bytea, $4::uuid)',
};

/** Between the settlement, which takes the hold away, and the keeping of the answer. */
export const GUARD_CLAIM: PreparedStatement = {
  name: 'gatehouse_guard_claim',
  text: `UPDATE idempotency_claims SET guarded_until = clock_timestamp() + interval '10 seconds'
          WHERE user_id = $1 AND key_hash = $2 AND request_id = $3`,
};

export const KEEP_ANSWER: PreparedStatement = {
  name: 'gatehouse_keep_answer',
  text: `UPDATE idempotency_claims SET answered_at = clock_timestamp(), content_type = $4, body = $5
          WHERE user_id = $1 AND key_hash = $2 AND request_id = $3`,
};

export const RELEASE_CLAIM: PreparedStatement = {
  name: 'gatehouse_release_claim',
  text: `DELETE FROM idempotency_claims
          WHERE user_id = $1 AND key_hash = $2 AND request_id = $3 AND answered_at IS NULL`,
};

export const PURGE_CLAIMS = `DELETE FROM idempotency_claims WHERE created_at < now() - interval '24 hours'`;
