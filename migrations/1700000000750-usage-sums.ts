import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sums of the rollups, small enough to read a year of: by day of the whole installation, and by month of each account.
 * Everybody's calls meet in such a row, so no settlement writes it: entries are summed when they leave the sequencer's
 * queue, and whoever reads adds what is still in there. See docs/adr/0050.
 */
export class UsageSums1700000000750 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(TABLES);
    await db.query(ENTRY_USAGE);
    await db.query(SUM_USAGE);
    await db.query(SUM_INTENTS);
    await db.query(BACKFILL);
    await db.query(TRIGGERS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER ledger_intents_queued ON ledger;
      DROP TRIGGER ledger_summed ON ledger_unsealed;
      DROP FUNCTION gatehouse_sum_usage(), gatehouse_queue_intents(), gatehouse_sum_intents(int), gatehouse_unsummed_usage(),
        gatehouse_entry_usage(int[], uuid[], text[]);
      DROP TABLE usage_intents_unsummed, usage_intent_sums, usage_account_sums, usage_day_sums;
    `);
  }
}

const TABLES = `
  CREATE TABLE usage_day_sums (
    day date NOT NULL,
    model text NOT NULL,
    task_id int NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    prompt_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    cached_prompt_tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    PRIMARY KEY (day, model, task_id)
  ) WITH (fillfactor = 70);
  COMMENT ON TABLE usage_day_sums IS 'What all accounts used, by UTC day: entries that left ledger_unsealed.';

  CREATE TABLE usage_account_sums (
    month date NOT NULL,
    user_id int NOT NULL,
    api_key_id int NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    prompt_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    cached_prompt_tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    PRIMARY KEY (month, user_id, api_key_id)
  ) WITH (fillfactor = 70);
  COMMENT ON TABLE usage_account_sums IS 'What each account used, by UTC month: entries that left ledger_unsealed.';
  COMMENT ON COLUMN usage_account_sums.month IS 'Its first day';

  CREATE TABLE usage_intent_sums (
    day date NOT NULL,
    model text NOT NULL,
    intent text NOT NULL,
    guard_intent text NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    PRIMARY KEY (day, model, intent, guard_intent)
  ) WITH (fillfactor = 70);

  CREATE TABLE usage_intents_unsummed (
    day date NOT NULL,
    model text NOT NULL,
    intent text NOT NULL,
    guard_intent text NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL
  );
  COMMENT ON TABLE usage_intents_unsummed IS 'What usage_intent_sums still lacks. Rows are added and taken away, never changed.';
`;

/* Rows are found by key, however many there are and whatever the planner believes about the queue. */
const ENTRY_USAGE = `
  -- What calls and corrections count for, with the day, key, task and model of their calls.
  CREATE FUNCTION gatehouse_entry_usage(p_user_ids int[], p_entry_ids uuid[], p_sources text[])
  RETURNS TABLE (user_id int, day date, api_key_id int, task_id int, model text, requests bigint, errors bigint,
    prompt_tokens bigint, completion_tokens bigint, cached_prompt_tokens bigint, cost_nano_usd bigint)
  LANGUAGE sql STABLE ROWS 1000 SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT l.user_id, (l.admitted_at AT TIME ZONE 'UTC')::date, coalesce(l.api_key_id, 0), coalesce(l.task_id, 0), l.model,
           1, CASE WHEN l.status IN ('completed', 'client_aborted') THEN 0 ELSE 1 END, l.prompt_tokens, l.completion_tokens,
           l.cached_prompt_tokens, l.cost_nano_usd
      FROM unnest(p_user_ids, p_entry_ids, p_sources) AS i(user_id, entry_id, source)
      JOIN ledger l ON l.user_id = i.user_id AND l.request_id = i.entry_id
                   AND l.admitted_at = gatehouse_request_time(i.entry_id)
     WHERE i.source = 'call'
    UNION ALL
    SELECT l.user_id, (l.admitted_at AT TIME ZONE 'UTC')::date, coalesce(l.api_key_id, 0), coalesce(l.task_id, 0), l.model,
           0, 0, c.prompt_tokens, c.completion_tokens, c.cached_prompt_tokens, c.cost_nano_usd
      FROM unnest(p_user_ids, p_entry_ids, p_sources) AS i(user_id, entry_id, source)
      JOIN ledger_corrections c ON c.user_id = i.user_id AND c.request_id = i.entry_id AND c.kind = i.source
      JOIN ledger l ON l.user_id = i.user_id AND l.request_id = i.entry_id
                   AND l.admitted_at = gatehouse_request_time(i.entry_id)
     WHERE i.source <> 'call'
  $$;

  -- What the sums still lack.
  CREATE FUNCTION gatehouse_unsummed_usage()
  RETURNS TABLE (user_id int, day date, api_key_id int, task_id int, model text, requests bigint, errors bigint,
    prompt_tokens bigint, completion_tokens bigint, cached_prompt_tokens bigint, cost_nano_usd bigint)
  LANGUAGE sql STABLE ROWS 1000 AS $$
    SELECT e.* FROM (SELECT array_agg(u.user_id) AS users, array_agg(u.entry_id) AS entries, array_agg(u.source) AS sources
                       FROM ledger_unsealed u WHERE NOT u.is_summed HAVING count(*) > 0) q
     CROSS JOIN LATERAL gatehouse_entry_usage(q.users, q.entries, q.sources) e
  $$;
`;

const COUNTED = 'requests, errors, prompt_tokens, completion_tokens, cached_prompt_tokens, cost_nano_usd';
const TOTALS = `
  sum(requests), sum(errors), sum(prompt_tokens), sum(completion_tokens), sum(cached_prompt_tokens), sum(cost_nano_usd)`;
const ADD_UP = `
  SET requests = s.requests + excluded.requests, errors = s.errors + excluded.errors,
      prompt_tokens = s.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = s.completion_tokens + excluded.completion_tokens,
      cached_prompt_tokens = s.cached_prompt_tokens + excluded.cached_prompt_tokens,
      cost_nano_usd = s.cost_nano_usd + excluded.cost_nano_usd`;

/* Who takes entries out of the queue is alone at it: the sequencer has a lock of its own. */
const SUM_USAGE = `
  CREATE FUNCTION gatehouse_sum_usage() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    v_users int[];
    v_entries uuid[];
    v_sources text[];
  BEGIN
    SELECT array_agg(user_id), array_agg(entry_id), array_agg(source) INTO v_users, v_entries, v_sources
      FROM gone WHERE NOT is_summed;
    IF v_users IS NULL THEN RETURN NULL; END IF;
    WITH entries AS MATERIALIZED (
      SELECT * FROM gatehouse_entry_usage(v_users, v_entries, v_sources)
    ), by_account AS (
      INSERT INTO usage_account_sums AS s (month, user_id, api_key_id, ${COUNTED})
      SELECT date_trunc('month', day)::date, user_id, api_key_id, ${TOTALS}
        FROM entries GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      ON CONFLICT (month, user_id, api_key_id) DO UPDATE ${ADD_UP}
    )
    INSERT INTO usage_day_sums AS s (day, model, task_id, ${COUNTED})
    SELECT day, model, task_id, ${TOTALS}
      FROM entries GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (day, model, task_id) DO UPDATE ${ADD_UP};
    RETURN NULL;
  END $$;
`;

/* Analysis may run in many workers at once, so it too only adds rows; one at a time sums them. */
const SUM_INTENTS = `
  CREATE FUNCTION gatehouse_queue_intents() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO usage_intents_unsummed (day, model, intent, guard_intent, requests, tokens, cost_nano_usd)
    SELECT (admitted_at AT TIME ZONE 'UTC')::date, model, intent, coalesce(guard_intent, ''), sum(sign),
           sum(sign * total_tokens), sum(sign * cost_nano_usd)
      FROM (SELECT 1 AS sign, n.* FROM entered n UNION ALL SELECT -1, o.* FROM gone o) changed
     WHERE intent IS NOT NULL
     GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0 OR sum(sign * total_tokens) <> 0 OR sum(sign * cost_nano_usd) <> 0;
    RETURN NULL;
  END $$;

  -- Answers how many rows were summed; 0 also when somebody else is at it.
  CREATE FUNCTION gatehouse_sum_intents(p_limit int) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE
    v_summed int;
  BEGIN
    IF NOT pg_try_advisory_xact_lock(7218949) THEN RETURN 0; END IF;
    WITH taken AS (
      DELETE FROM usage_intents_unsummed
       WHERE ctid = ANY (ARRAY(SELECT ctid FROM usage_intents_unsummed LIMIT p_limit)) RETURNING *
    ), summed AS (
      INSERT INTO usage_intent_sums AS s (day, model, intent, guard_intent, requests, tokens, cost_nano_usd)
      SELECT day, model, intent, guard_intent, sum(requests), sum(tokens), sum(cost_nano_usd)
        FROM taken GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (day, model, intent, guard_intent) DO UPDATE
         SET requests = s.requests + excluded.requests, tokens = s.tokens + excluded.tokens,
             cost_nano_usd = s.cost_nano_usd + excluded.cost_nano_usd
    )
    SELECT count(*) INTO v_summed FROM taken;
    RETURN v_summed;
  END $$;
`;

/* What waits in the queue is in the rollups already. */
const BACKFILL = `
  LOCK TABLE ledger, ledger_corrections, ledger_unsealed IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO usage_day_sums (day, model, task_id, ${COUNTED})
  SELECT day, model, task_id, ${TOTALS} FROM usage_rollups GROUP BY 1, 2, 3;
  INSERT INTO usage_account_sums (month, user_id, api_key_id, ${COUNTED})
  SELECT date_trunc('month', day)::date, user_id, api_key_id, ${TOTALS} FROM usage_rollups GROUP BY 1, 2, 3;
  INSERT INTO usage_intent_sums (day, model, intent, guard_intent, requests, tokens, cost_nano_usd)
  SELECT day, model, intent, guard_intent, sum(requests), sum(tokens), sum(cost_nano_usd)
    FROM usage_intents GROUP BY 1, 2, 3, 4;
  UPDATE ledger_unsealed SET is_summed = true WHERE NOT is_summed;
`;

const TRIGGERS = `
  CREATE TRIGGER ledger_summed AFTER DELETE ON ledger_unsealed REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_sum_usage();
  CREATE TRIGGER ledger_intents_queued AFTER UPDATE ON ledger REFERENCING NEW TABLE AS entered OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_queue_intents();
`;
