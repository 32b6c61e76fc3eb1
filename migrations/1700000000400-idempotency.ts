import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Idempotency keys: who answers for a key, and the answer once there is one. */
export class Idempotency1700000000400 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(CLAIMS);
    await db.query(CLAIM);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP FUNCTION gatehouse_claim(int, bytea, bytea, uuid)');
    await db.query('DROP TABLE idempotency_claims');
  }
}

/* A claim without an answer lives as long as its hold, or as its guard: the moments before admission and after settlement. */
const CLAIMS = `
  CREATE TABLE idempotency_claims (
    user_id int NOT NULL,
    key_hash bytea NOT NULL CHECK (length(key_hash) = 32),
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    request_id uuid NOT NULL,
    guarded_until timestamptz NOT NULL,
    answered_at timestamptz,
    content_type text,
    body bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, key_hash)
  );
  CREATE INDEX idempotency_claims_created ON idempotency_claims (created_at);
`;

const CLAIM = `
  CREATE FUNCTION gatehouse_claim(p_user_id int, p_key_hash bytea, p_request_hash bytea, p_request_id uuid)
  RETURNS TABLE (outcome text, content_type text, body bytea) LANGUAGE plpgsql AS $$
  #variable_conflict use_column
  DECLARE
    v_now CONSTANT timestamptz := clock_timestamp();
    r idempotency_claims;
  BEGIN
    INSERT INTO idempotency_claims (user_id, key_hash, request_hash, request_id, guarded_until)
    VALUES (p_user_id, p_key_hash, p_request_hash, p_request_id, v_now + interval '10 seconds')
    ON CONFLICT DO NOTHING;
    IF FOUND THEN RETURN QUERY SELECT 'claimed', NULL::text, NULL::bytea; RETURN; END IF;

    SELECT * INTO r FROM idempotency_claims c WHERE c.user_id = p_user_id AND c.key_hash = p_key_hash;
    -- Released in between: whoever asks again gets it.
    IF NOT FOUND THEN RETURN QUERY SELECT 'in_flight', NULL::text, NULL::bytea; RETURN; END IF;

    IF (r.answered_at IS NOT NULL AND r.created_at < v_now - interval '24 hours')
       OR (r.answered_at IS NULL AND r.guarded_until < v_now AND NOT EXISTS (
             SELECT 1 FROM holds h WHERE h.user_id = p_user_id AND h.request_id = r.request_id)) THEN
      UPDATE idempotency_claims c
         SET request_hash = p_request_hash, request_id = p_request_id, guarded_until = v_now + interval '10 seconds',
             answered_at = NULL, content_type = NULL, body = NULL, created_at = v_now
       WHERE c.user_id = p_user_id AND c.key_hash = p_key_hash AND c.request_id = r.request_id
         AND c.answered_at IS NOT DISTINCT FROM r.answered_at AND c.guarded_until = r.guarded_until;
      RETURN QUERY SELECT CASE WHEN FOUND THEN 'claimed' ELSE 'in_flight' END, NULL::text, NULL::bytea;
    ELSIF r.request_hash <> p_request_hash THEN RETURN QUERY SELECT 'other_request', NULL::text, NULL::bytea;
    ELSIF r.answered_at IS NULL THEN RETURN QUERY SELECT 'in_flight', NULL::text, NULL::bytea;
    ELSIF r.body IS NULL THEN RETURN QUERY SELECT 'not_kept', NULL::text, NULL::bytea;
    ELSE RETURN QUERY SELECT 'answered', r.content_type, r.body;
    END IF;
  END $$;
`;
