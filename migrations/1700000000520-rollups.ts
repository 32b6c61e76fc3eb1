import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Daily totals, and the queue of what the sequencer has to seal. Both are kept by the statement that enters a call or a
 * correction into the books, whichever that is: see docs/adr/0050.
 */
export class Rollups1700000000520 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(TABLES);
    await db.query(COUNT_CALLS);
    await db.query(COUNT_CORRECTIONS);
    await db.query(COUNT_INTENTS);
    await db.query(BACKFILL);
    await db.query(TRIGGERS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER ledger_counted ON ledger;
      DROP TRIGGER ledger_intents_counted ON ledger;
      DROP TRIGGER ledger_corrections_counted ON ledger_corrections;
      DROP FUNCTION gatehouse_count_calls(), gatehouse_count_corrections(), gatehouse_count_intents();
      DROP TABLE ledger_unsealed, usage_intents, usage_rollups;
    `);
  }
}

const TABLES = `
  CREATE TABLE usage_rollups (
    user_id int NOT NULL,
    day date NOT NULL,
    api_key_id int NOT NULL,
    task_id int NOT NULL,
    model text NOT NULL,
    endpoint text NOT NULL,
    status text NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    prompt_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    cached_prompt_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    PRIMARY KEY (user_id, day, api_key_id, task_id, model, endpoint, status)
  ) WITH (fillfactor = 70);
  CREATE INDEX usage_rollups_by_day ON usage_rollups (day);
  COMMENT ON COLUMN usage_rollups.day IS 'UTC day of the admission, whatever the time zone of the account';
  COMMENT ON COLUMN usage_rollups.api_key_id IS '0: a JWT made the call';
  COMMENT ON COLUMN usage_rollups.task_id IS '0: no task';
  COMMENT ON COLUMN usage_rollups.errors IS 'Calls that ended neither complete nor because the client left';

  CREATE TABLE usage_intents (
    user_id int NOT NULL,
    day date NOT NULL,
    api_key_id int NOT NULL,
    model text NOT NULL,
    intent text NOT NULL,
    guard_intent text NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    PRIMARY KEY (user_id, day, api_key_id, model, intent, guard_intent)
  ) WITH (fillfactor = 70);
  CREATE INDEX usage_intents_by_day ON usage_intents (day);
  COMMENT ON TABLE usage_intents IS 'Calls whose intent is known, as first billed: corrections are not in here.';

  CREATE TABLE ledger_unsealed (user_id int NOT NULL, entry_id uuid NOT NULL, source text NOT NULL,
    is_summed boolean NOT NULL DEFAULT false);
  COMMENT ON TABLE ledger_unsealed IS 'What the sequencer has to seal, in any order. source: call, or the kind of the correction.';
  COMMENT ON COLUMN ledger_unsealed.is_summed IS 'An entry that is to be sealed for a second time: the sums of days and months have it.';
`;

/** What a row of the rollups is made of, for rows of the ledger called l. */
const TOTALS = `
  count(*), count(*) FILTER (WHERE l.status NOT IN ('completed', 'client_aborted')), sum(l.prompt_tokens),
  sum(l.completion_tokens), sum(l.cached_prompt_tokens), sum(l.reasoning_tokens), sum(l.cost_nano_usd)`;
/** The same of corrections called c. */
const CORRECTED_TOTALS = `
  0, 0, sum(c.prompt_tokens), sum(c.completion_tokens), sum(c.cached_prompt_tokens), sum(c.reasoning_tokens),
  sum(c.cost_nano_usd)`;
const JOIN_CALL = `
  JOIN ledger l ON l.user_id = c.user_id AND l.request_id = c.request_id
               AND l.admitted_at = gatehouse_request_time(c.request_id)`;
const KEY = `user_id, day, api_key_id, task_id, model, endpoint, status`;
const KEY_OF_LEDGER = `
  l.user_id, (l.admitted_at AT TIME ZONE 'UTC')::date, coalesce(l.api_key_id, 0), coalesce(l.task_id, 0), l.model, l.endpoint,
  l.status`;
const COLUMNS = `
  ${KEY}, requests, errors, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd`;
const ADD_UP = `
  ON CONFLICT (${KEY}) DO UPDATE
     SET requests = r.requests + excluded.requests, errors = r.errors + excluded.errors,
         prompt_tokens = r.prompt_tokens + excluded.prompt_tokens,
         completion_tokens = r.completion_tokens + excluded.completion_tokens,
         cached_prompt_tokens = r.cached_prompt_tokens + excluded.cached_prompt_tokens,
         reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens,
         cost_nano_usd = r.cost_nano_usd + excluded.cost_nano_usd`;

/* The account's lock, which every writer of the ledger holds, orders the writers of its rollups. */
const COUNT_CALLS = `
  CREATE FUNCTION gatehouse_count_calls() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO ledger_unsealed (user_id, entry_id, source) SELECT user_id, request_id, 'call' FROM entered;
    INSERT INTO usage_rollups AS r (${COLUMNS})
    SELECT ${KEY_OF_LEDGER}, ${TOTALS}
      FROM entered l GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
    ${ADD_UP};
    RETURN NULL;
  END $$;
`;

/* A correction counts on the day, key, model of its call. */
const COUNT_CORRECTIONS = `
  CREATE FUNCTION gatehouse_count_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO ledger_unsealed (user_id, entry_id, source) SELECT user_id, request_id, kind FROM entered;
    INSERT INTO usage_rollups AS r (${COLUMNS})
    SELECT ${KEY_OF_LEDGER}, ${CORRECTED_TOTALS}
      FROM entered c
      ${JOIN_CALL}
     GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
    ${ADD_UP};
    RETURN NULL;
  END $$;
`;

/* Analysis is the only writer that updates ledger rows, in whatever statement; this keeps its totals beside it. */
const COUNT_INTENTS = `
  CREATE FUNCTION gatehouse_count_intents() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO usage_intents AS t (user_id, day, api_key_id, model, intent, guard_intent, requests, tokens, cost_nano_usd)
    SELECT user_id, (admitted_at AT TIME ZONE 'UTC')::date, coalesce(api_key_id, 0), model, intent,
           coalesce(guard_intent, ''), sum(sign), sum(sign * total_tokens), sum(sign * cost_nano_usd)
      FROM (SELECT 1 AS sign, n.* FROM entered n UNION ALL SELECT -1, o.* FROM gone o) changed
     WHERE intent IS NOT NULL
     GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign) <> 0 OR sum(sign * total_tokens) <> 0
     ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (user_id, day, api_key_id, model, intent, guard_intent) DO UPDATE
       SET requests = t.requests + excluded.requests, tokens = t.tokens + excluded.tokens,
           cost_nano_usd = t.cost_nano_usd + excluded.cost_nano_usd;
    RETURN NULL;
  END $$;
`;

const BACKFILL = `
  LOCK TABLE ledger, ledger_corrections IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO usage_rollups AS r (${COLUMNS})
  SELECT ${KEY_OF_LEDGER}, ${TOTALS} FROM ledger l GROUP BY 1, 2, 3, 4, 5, 6, 7;
  INSERT INTO usage_rollups AS r (${COLUMNS})
  SELECT ${KEY_OF_LEDGER}, ${CORRECTED_TOTALS}
    FROM ledger_corrections c
    ${JOIN_CALL}
   GROUP BY 1, 2, 3, 4, 5, 6, 7
  ${ADD_UP};
  INSERT INTO usage_intents (user_id, day, api_key_id, model, intent, guard_intent, requests, tokens, cost_nano_usd)
  SELECT user_id, (admitted_at AT TIME ZONE 'UTC')::date, coalesce(api_key_id, 0), model, intent, coalesce(guard_intent, ''),
         count(*), sum(total_tokens), sum(cost_nano_usd)
    FROM ledger WHERE intent IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6;
  INSERT INTO ledger_unsealed (user_id, entry_id, source)
  SELECT user_id, request_id, 'call' FROM ledger UNION ALL SELECT user_id, request_id, kind FROM ledger_corrections;
`;

const TRIGGERS = `
  CREATE TRIGGER ledger_counted AFTER INSERT ON ledger REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_count_calls();
  CREATE TRIGGER ledger_intents_counted AFTER UPDATE ON ledger REFERENCING NEW TABLE AS entered OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_count_intents();
  CREATE TRIGGER ledger_corrections_counted AFTER INSERT ON ledger_corrections REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_count_corrections();
`;
