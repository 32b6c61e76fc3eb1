import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers that are given again to the same question of the same account, for keys that want that. */
export class AnswerCache1700000000701 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(TABLE);
    await db.query(KEEP);
    await db.query(`ALTER TABLE api_keys ADD COLUMN cache_answers boolean NOT NULL DEFAULT false`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE api_keys DROP COLUMN cache_answers`);
    await db.query(`DROP FUNCTION gatehouse_cache_answer(int, bytea, text, text, bytea, int, bigint)`);
    await db.query(`DROP TABLE cached_answers`);
  }
}

/* The question itself is not kept, only its digest. */
const TABLE = `
  CREATE TABLE cached_answers (
    user_id int NOT NULL,
    question_hash bytea NOT NULL CHECK (length(question_hash) = 32),
    provider text NOT NULL,
    upstream_model text NOT NULL,
    body bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, question_hash)
  );
  CREATE INDEX cached_answers_expiry ON cached_answers (expires_at);
  COMMENT ON COLUMN cached_answers.body IS 'The bytes of the upstream, as they came.';
`;

/* The oldest answers of an account make room for new ones. */
const KEEP = `
  CREATE FUNCTION gatehouse_cache_answer(p_user_id int, p_question_hash bytea, p_provider text, p_upstream_model text,
    p_body bytea, p_ttl_seconds int, p_most_bytes bigint) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    v_now CONSTANT timestamptz := clock_timestamp();
  BEGIN
    INSERT INTO cached_answers AS c (user_id, question_hash, provider, upstream_model, body, expires_at, created_at)
    VALUES (p_user_id, p_question_hash, p_provider, p_upstream_model, p_body, v_now + make_interval(secs => p_ttl_seconds), v_now)
    ON CONFLICT (user_id, question_hash) DO UPDATE
      SET provider = excluded.provider, upstream_model = excluded.upstream_model, body = excluded.body,
          expires_at = excluded.expires_at, created_at = excluded.created_at;
    DELETE FROM cached_answers c
     USING (SELECT question_hash, sum(length(body)) OVER (ORDER BY created_at DESC, question_hash) AS bytes
              FROM cached_answers WHERE user_id = p_user_id) s
     WHERE c.user_id = p_user_id AND c.question_hash = s.question_hash AND s.bytes > p_most_bytes;
  END $$;
`;
