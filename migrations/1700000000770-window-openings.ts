import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Windows of a limit that comes in the middle of a period. Nothing is counted for a key or for the installation while it has
 * no limit, so whoever sets one first has its current windows made with what the books say was used within them. What the
 * windows are given is an entry of its own: see docs/adr/0060.
 */
export class WindowOpenings1700000000770 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(TABLE);
    await db.query(ENTER);
    await db.query(OPEN_WINDOWS);
    await db.query(OPEN_INSTALLATION);
  }

  /** What the windows were given stays in them: without the table it verifies as a difference. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_open_installation();
      DROP FUNCTION gatehouse_stop_calls();
      DROP FUNCTION gatehouse_open_windows(int, smallint, int);
      DROP FUNCTION gatehouse_enter_opening(int, bigint, bigint, bigint, bigint);
      DROP TABLE window_openings;
    `);
  }
}

const TABLE = `
  CREATE TABLE window_openings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id int NOT NULL,
    window_id bigint NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX window_openings_by_window ON window_openings (user_id, window_id);
  COMMENT ON TABLE window_openings IS
    'What was used within a window by calls that do not name it, because their subject had no limit then. Rows are added, never edited.';
  COMMENT ON COLUMN window_openings.user_id IS 'Whose window it is; 0: the installation''s';
`;

/* The entry is the difference to what the window knows already, so that nothing is in it twice, however often limits come and go. */
const ENTER = `
  -- Under the lock of whatever the window belongs to. Gives it the totals of the calls that have ended.
  CREATE FUNCTION gatehouse_enter_opening(p_user_id int, p_window_id bigint, p_requests bigint, p_tokens bigint, p_cost bigint)
  RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    v_ended bigint;
    w quota_windows;
  BEGIN
    SELECT * INTO w FROM quota_windows WHERE user_id = p_user_id AND id = p_window_id;
    SELECT w.requests - count(*) INTO v_ended FROM holds h
     WHERE CASE p_user_id WHEN 0 THEN -p_window_id = ANY (h.window_ids)
                          ELSE h.user_id = p_user_id AND p_window_id = ANY (h.window_ids) END;
    IF (p_requests, p_tokens, p_cost) = (v_ended, w.spent_tokens, w.spent_nano_usd) THEN RETURN; END IF;
    INSERT INTO window_openings (user_id, window_id, requests, tokens, cost_nano_usd)
    VALUES (p_user_id, p_window_id, p_requests - v_ended, p_tokens - w.spent_tokens, p_cost - w.spent_nano_usd);
    UPDATE quota_windows
       SET requests = w.requests + p_requests - v_ended, spent_tokens = p_tokens, spent_nano_usd = p_cost
     WHERE user_id = p_user_id AND id = p_window_id;
  END $$;
`;

/*
 * A call is in a day or month of its key when it is in that day or month of the account, whose windows every call names: so
 * time zones and early resets are told right. The lifetime comes from the rollups, which outlive retention.
 */
const OPEN_WINDOWS = `
  -- Before the first limit of a key (2) or a task (3) is written. Does nothing while its calls are counted.
  CREATE FUNCTION gatehouse_open_windows(p_user_id int, p_subject smallint, p_subject_id int) RETURNS void
  LANGUAGE plpgsql AS $$
  DECLARE
    v_now timestamptz;
    v_requests bigint;
    v_tokens bigint;
    v_cost bigint;
    w record;
  BEGIN
    PERFORM 1 FROM quota_accounts WHERE user_id = p_user_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM gatehouse_limited_subjects(ARRAY[p_user_id], ARRAY[CASE p_subject WHEN 2 THEN p_subject_id ELSE 0 END],
                 ARRAY[CASE p_subject WHEN 3 THEN p_subject_id ELSE 0 END]) s WHERE s.subject = p_subject) THEN
      RETURN;
    END IF;
    v_now := clock_timestamp();
    INSERT INTO quota_windows (user_id, subject, subject_id, period, starts_at, ends_at, generation)
    SELECT p_user_id, p_subject, p_subject_id, p.period, p.starts_at, p.ends_at, p.generation
      FROM quota_accounts a
     CROSS JOIN LATERAL gatehouse_periods(a.time_zone, a.kept_day, a.kept_month, a.day_generation, a.month_generation, v_now) p
     WHERE a.user_id = p_user_id
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM holds WHERE user_id = p_user_id ORDER BY user_id, request_id FOR UPDATE;

    FOR w IN
      SELECT own.id, own.period, own.starts_at, account.id AS account_window
        FROM quota_accounts a
       CROSS JOIN LATERAL gatehouse_periods(a.time_zone, a.kept_day, a.kept_month, a.day_generation, a.month_generation, v_now) p
        JOIN quota_windows own ON own.user_id = a.user_id AND own.subject = p_subject AND own.subject_id = p_subject_id
             AND own.period = p.period AND own.starts_at = p.starts_at AND own.generation = p.generation
        JOIN quota_windows account ON account.user_id = a.user_id AND account.subject = 1
             AND account.period = p.period AND account.starts_at = p.starts_at AND account.generation = p.generation
       WHERE a.user_id = p_user_id
       ORDER BY own.id
    LOOP
      IF w.period = 3 THEN
        SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(prompt_tokens + completion_tokens), 0) AS tokens,
               coalesce(sum(cost_nano_usd), 0) AS cost
          INTO v_requests, v_tokens, v_cost FROM usage_rollups r
         WHERE r.user_id = p_user_id AND p_subject_id = CASE p_subject WHEN 2 THEN r.api_key_id ELSE r.task_id END;
      ELSE
        -- A request's id may have been made a little before its window began; the margin is for the partitions only.
        WITH calls AS (
          SELECT l.request_id, l.total_tokens, l.cost_nano_usd FROM ledger l
           WHERE l.user_id = p_user_id AND l.admitted_at > w.starts_at - interval '1 day'
             AND p_subject_id = CASE p_subject WHEN 2 THEN l.api_key_id ELSE l.task_id END
             AND w.account_window = ANY (l.window_ids)
        )
        SELECT count(*) FILTER (WHERE is_call) AS requests, coalesce(sum(tokens), 0) AS tokens, coalesce(sum(cost), 0) AS cost
          INTO v_requests, v_tokens, v_cost
          FROM (SELECT true AS is_call, c.total_tokens::bigint AS tokens, c.cost_nano_usd AS cost FROM calls c
                UNION ALL
                SELECT false, x.prompt_tokens + x.completion_tokens, x.cost_nano_usd
                  FROM calls c JOIN ledger_corrections x ON x.user_id = p_user_id AND x.request_id = c.request_id) entries;
      END IF;
      PERFORM gatehouse_enter_opening(p_user_id, w.id, v_requests, v_tokens, v_cost);
      -- Calls that run are held in the window from now on, and end in it.
      WITH running AS (
        UPDATE holds h SET window_ids = h.window_ids || w.id
         WHERE h.user_id = p_user_id AND p_subject_id = CASE p_subject WHEN 2 THEN h.api_key_id ELSE h.task_id END
           AND w.account_window = ANY (h.window_ids) AND w.id <> ALL (h.window_ids)
        RETURNING h.tokens_held, h.cost_held_nano_usd
      )
      UPDATE quota_windows q
         SET requests = q.requests + r.requests, held_tokens = q.held_tokens + r.tokens, held_nano_usd = q.held_nano_usd + r.cost
        FROM (SELECT count(*) AS requests, sum(tokens_held)::bigint AS tokens, sum(cost_held_nano_usd)::bigint AS cost
                FROM running) r
       WHERE r.requests > 0 AND q.user_id = p_user_id AND q.id = w.id;
    END LOOP;
  END $$;
`;

/*
 * Without a cap nobody takes the installation's lock, so every account is locked instead: by a table lock, which waits for
 * those who decide or settle now, and gives up quickly, because everybody else waits behind it.
 */
const OPEN_INSTALLATION = `
  CREATE FUNCTION gatehouse_stop_calls() RETURNS void LANGUAGE plpgsql SET lock_timeout = '300ms' AS $$
  BEGIN
    LOCK TABLE quota_accounts IN EXCLUSIVE MODE;
  END $$;

  -- Before the cap of the installation is written. Does nothing while it has one. Only days have a cap.
  CREATE FUNCTION gatehouse_open_installation() RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    v_day timestamptz;
    v_tries int := 0;
    v_requests bigint;
    v_tokens bigint;
    v_cost bigint;
    v_window bigint;
  BEGIN
    LOOP
      BEGIN
        PERFORM gatehouse_stop_calls();
        EXIT;
      EXCEPTION WHEN lock_not_available THEN
        v_tries := v_tries + 1;
        IF v_tries >= 50 THEN RAISE; END IF;
        PERFORM pg_sleep(0.1);
      END;
    END LOOP;
    -- Only now, as admission does: accounts come before the installation.
    PERFORM 1 FROM installation WHERE id = 1 FOR UPDATE;
    IF EXISTS (SELECT 1 FROM installation WHERE cost_per_day_nano_usd IS NOT NULL) THEN RETURN; END IF;

    v_day := date_trunc('day', clock_timestamp(), 'UTC');
    INSERT INTO quota_windows (user_id, subject, subject_id, period, starts_at, ends_at, generation)
    SELECT 0, 0, 0, p.period, p.starts_at, p.ends_at, p.generation
      FROM gatehouse_periods('UTC', NULL, NULL, 0, 0, v_day) p WHERE p.period = 1
    ON CONFLICT DO NOTHING;
    SELECT w.id INTO STRICT v_window FROM quota_windows w
     WHERE w.user_id = 0 AND w.subject = 0 AND w.period = 1 AND w.starts_at = v_day AND w.generation = 0;
    PERFORM 1 FROM holds ORDER BY user_id, request_id FOR UPDATE;
    SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(prompt_tokens + completion_tokens), 0) AS tokens,
           coalesce(sum(cost_nano_usd), 0) AS cost
      INTO v_requests, v_tokens, v_cost FROM usage_rollups WHERE day = (v_day AT TIME ZONE 'UTC')::date;
    PERFORM gatehouse_enter_opening(0, v_window, v_requests, v_tokens, v_cost);
    WITH running AS (
      UPDATE holds h SET window_ids = h.window_ids || -v_window
       WHERE h.held_at >= v_day AND -v_window <> ALL (h.window_ids)
      RETURNING h.tokens_held, h.cost_held_nano_usd
    )
    UPDATE quota_windows q
       SET requests = q.requests + r.requests, held_tokens = q.held_tokens + r.tokens, held_nano_usd = q.held_nano_usd + r.cost
      FROM (SELECT count(*) AS requests, sum(tokens_held)::bigint AS tokens, sum(cost_held_nano_usd)::bigint AS cost
              FROM running) r
     WHERE r.requests > 0 AND q.user_id = 0 AND q.id = v_window;
  END $$;
`;
