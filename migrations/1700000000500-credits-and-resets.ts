import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Entries beside the calls: tokens granted, windows renewed early, periods closed. Rows are added, never edited. */
export class CreditsAndResets1700000000500 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(TABLES);
    await db.query(OPENING_BALANCES);
    await db.query(RESET);
    await db.query(CLOSE);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_close_periods(int);
      DROP FUNCTION gatehouse_reset_quotas(smallint, int[], text, int);
      DROP TABLE period_statements, quota_resets, balance_entries;
    `);
  }
}

const TABLES = `
  CREATE TABLE balance_entries (
    user_id int NOT NULL REFERENCES users (id),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('opening', 'top_up', 'grant', 'correction')),
    tokens bigint NOT NULL CHECK (tokens >= 0 OR kind = 'correction'),
    reason text,
    author_user_id int,
    idempotency_key text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    UNIQUE (user_id, idempotency_key)
  );
  COMMENT ON TABLE balance_entries IS 'Tokens for life that an account was given. Their sum is quota_accounts.lifetime_tokens.';

  CREATE TABLE quota_resets (
    user_id int NOT NULL,
    period smallint NOT NULL CHECK (period IN (1, 2)),
    generation int NOT NULL,
    author_user_id int,
    idempotency_key text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, period, generation),
    UNIQUE (user_id, period, idempotency_key)
  );
  COMMENT ON TABLE quota_resets IS 'Windows that an administrator renewed before their time';

  CREATE TABLE period_statements (
    user_id int NOT NULL,
    period smallint NOT NULL CHECK (period IN (1, 2)),
    starts_at timestamptz NOT NULL,
    generation int NOT NULL,
    ends_at timestamptz NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    closed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, period, starts_at, generation)
  );
  COMMENT ON TABLE period_statements IS 'What an account used in a day or month that is over';
  CREATE INDEX quota_windows_to_close ON quota_windows (ends_at) WHERE subject = 1 AND period < 3;
`;

const OPENING_BALANCES = `
  INSERT INTO balance_entries (user_id, kind, tokens, reason)
  SELECT user_id, 'opening', lifetime_tokens, 'balance before entries were kept'
    FROM quota_accounts WHERE lifetime_tokens IS NOT NULL;
`;

/* A new generation is a new window: what runs stays billed to the one that admitted it. */
const RESET = `
  CREATE FUNCTION gatehouse_reset_quotas(p_period smallint, p_user_ids int[], p_idempotency_key text, p_author int)
  RETURNS SETOF int LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM gatehouse_lock_accounts(p_user_ids);
    RETURN QUERY
      WITH entered AS (
        INSERT INTO quota_resets (user_id, period, generation, author_user_id, idempotency_key)
        SELECT a.user_id, p_period, 1 + CASE p_period WHEN 1 THEN a.day_generation ELSE a.month_generation END,
               p_author, p_idempotency_key
          FROM quota_accounts a WHERE a.user_id = ANY (p_user_ids) ORDER BY a.user_id
        ON CONFLICT DO NOTHING
        RETURNING user_id, generation
      )
      UPDATE quota_accounts a
         SET day_generation = CASE p_period WHEN 1 THEN e.generation ELSE a.day_generation END,
             month_generation = CASE p_period WHEN 2 THEN e.generation ELSE a.month_generation END,
             updated_at = now()
        FROM entered e WHERE a.user_id = e.user_id
      RETURNING a.user_id;
  END $$;
`;

/*
 * Closed once nothing is held in it any more; the primary key says: once, however many replicas try. What was decided just before
 * the end, an admission or a change of the time zone that lengthens the period, has been committed some seconds after it.
 */
const CLOSE = `
  CREATE FUNCTION gatehouse_close_periods(p_limit int) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE
    v_closed int;
  BEGIN
    INSERT INTO period_statements (user_id, period, starts_at, generation, ends_at, requests, tokens, cost_nano_usd)
    SELECT w.user_id, w.period, w.starts_at, w.generation, w.ends_at, w.requests, w.spent_tokens, w.spent_nano_usd
      FROM quota_windows w
     WHERE w.subject = 1 AND w.period < 3 AND w.ends_at <= clock_timestamp() - interval '5 seconds'
       AND w.held_tokens = 0 AND w.held_nano_usd = 0
       AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.user_id = w.user_id AND w.id = ANY (h.window_ids))
       AND NOT EXISTS (SELECT 1 FROM period_statements s WHERE s.user_id = w.user_id AND s.period = w.period
                          AND s.starts_at = w.starts_at AND s.generation = w.generation)
     ORDER BY w.ends_at LIMIT p_limit
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_closed = ROW_COUNT;
    RETURN v_closed;
  END $$;
`;
