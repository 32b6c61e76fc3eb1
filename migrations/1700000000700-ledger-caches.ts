import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SETTINGS, SETTLE } from './1700000000120-settlement.js';
import { ENTRY_DIGESTS } from './1700000000521-ledger-seals.js';
import { REPRICE, REPRICED } from './1700000000523-reprice.js';

/**
 * What caches have to do with a call: whether our own answered it, and how many prompt tokens it wrote to the provider's,
 * which cost more than others there. Entries without either have the digests that they always had.
 */
export class LedgerCaches1700000000700 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(COLUMNS);
    await db.query(DIGESTS);
    await db.query(`DROP FUNCTION gatehouse_settle; ${SETTLE_WITH_CACHES}`);
    await db.query(DROP_REPRICE);
    await db.query(REPRICED_WITH_CACHES);
    await db.query(REPRICE_WITH_CACHES);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_reprice(int[], uuid[], text, numeric, numeric, numeric, numeric, numeric);
      DROP FUNCTION gatehouse_repriced(int[], uuid[], text, numeric, numeric, numeric, numeric, numeric);
    `);
    await db.query(REPRICED);
    await db.query(REPRICE);
    await db.query(`DROP FUNCTION gatehouse_settle; ${SETTLE}`);
    await db.query(ENTRY_DIGESTS);
    await db.query(`
      ALTER TABLE ledger DROP COLUMN from_cache, DROP COLUMN cache_write_5m_tokens, DROP COLUMN cache_write_1h_tokens;
      ALTER TABLE ledger_corrections DROP COLUMN cache_write_5m_tokens, DROP COLUMN cache_write_1h_tokens;
    `);
  }
}

const COLUMNS = `
  ALTER TABLE ledger
    ADD COLUMN from_cache boolean NOT NULL DEFAULT false,
    ADD COLUMN cache_write_5m_tokens int NOT NULL DEFAULT 0,
    ADD COLUMN cache_write_1h_tokens int NOT NULL DEFAULT 0;
  COMMENT ON COLUMN ledger.from_cache IS 'Our cache answered: no upstream was called, and the tokens are the share that is billed.';
  COMMENT ON COLUMN ledger.cache_write_5m_tokens IS 'Prompt tokens written to the provider''s cache, for five minutes; part of prompt_tokens.';
  ALTER TABLE ledger_corrections
    ADD COLUMN cache_write_5m_tokens int NOT NULL DEFAULT 0, ADD COLUMN cache_write_1h_tokens int NOT NULL DEFAULT 0;
`;

const DIGESTS = `
  CREATE OR REPLACE FUNCTION gatehouse_call_digest(l ledger) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to((
      CASE WHEN NOT l.from_cache AND l.cache_write_5m_tokens = 0 AND l.cache_write_1h_tokens = 0
           THEN jsonb_build_array('call/1')
           ELSE jsonb_build_array('call/2', l.from_cache, l.cache_write_5m_tokens, l.cache_write_1h_tokens) END
      || jsonb_build_array(l.user_id, l.request_id, gatehouse_microseconds(l.admitted_at),
      l.api_key_id, l.task_id, l.endpoint, l.model, l.provider, l.upstream_model, l.status, l.usage_source, l.prompt_tokens,
      l.completion_tokens, l.cached_prompt_tokens, l.reasoning_tokens, l.cost_nano_usd, l.price_version, l.window_ids::text,
      l.streamed, l.http_status, l.error_code, l.latency_ms, l.time_to_first_token_ms,
      gatehouse_microseconds(l.settled_at)))::text, 'UTF8'))
  $$;

  CREATE OR REPLACE FUNCTION gatehouse_correction_digest(c ledger_corrections) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to((
      CASE WHEN c.cache_write_5m_tokens = 0 AND c.cache_write_1h_tokens = 0 THEN jsonb_build_array('correction/1')
           ELSE jsonb_build_array('correction/2', c.cache_write_5m_tokens, c.cache_write_1h_tokens) END
      || jsonb_build_array(c.user_id, c.request_id, c.kind, c.prompt_tokens,
      c.completion_tokens, c.cached_prompt_tokens, c.reasoning_tokens, c.cost_nano_usd, c.price_version, c.window_ids::text,
      gatehouse_microseconds(c.created_at)))::text, 'UTF8'))
  $$;
`;

/* As before, with the three columns above; those who do not tell them mean none. */
const SETTLE_WITH_CACHES = `
  CREATE FUNCTION gatehouse_settle(
    p_user_ids int[], p_request_ids uuid[], p_api_key_ids int[], p_task_ids int[], p_endpoints text[], p_models text[],
    p_providers text[], p_upstream_models text[], p_statuses text[], p_usage_sources text[], p_prompt_tokens int[], p_completion_tokens int[],
    p_cached_tokens int[], p_reasoning_tokens int[], p_costs bigint[], p_price_versions text[], p_window_ids text[],
    p_streamed boolean[], p_http_statuses int[], p_error_codes text[], p_latencies int[], p_first_tokens int[],
    p_from_cache boolean[] DEFAULT NULL, p_cache_writes_5m int[] DEFAULT NULL, p_cache_writes_1h int[] DEFAULT NULL
  ) RETURNS int LANGUAGE plpgsql ${SETTINGS} AS $$
  DECLARE
    v_entered int;
  BEGIN
    PERFORM gatehouse_lock_accounts(p_user_ids);
    PERFORM 1 FROM unnest(p_user_ids, p_request_ids) AS i(user_id, request_id)
      JOIN holds h ON h.user_id = i.user_id AND h.request_id = i.request_id
     ORDER BY h.user_id, h.request_id FOR UPDATE OF h;

    WITH items AS (
      SELECT i.*, gatehouse_request_time(i.request_id) AS admitted_at, i.windows::bigint[] AS window_ids
        FROM unnest(p_user_ids, p_request_ids, p_api_key_ids, p_task_ids, p_endpoints, p_models, p_providers, p_upstream_models,
               p_statuses, p_usage_sources, p_prompt_tokens, p_completion_tokens, p_cached_tokens, p_reasoning_tokens,
               p_costs, p_price_versions, p_window_ids, p_streamed, p_http_statuses, p_error_codes, p_latencies,
               p_first_tokens, p_from_cache, p_cache_writes_5m, p_cache_writes_1h)
             AS i(user_id, request_id, api_key_id, task_id, endpoint, model, provider, upstream_model, status, usage_source,
               prompt, completion, cached, reasoning, cost, price_version, windows, streamed, http_status, error_code,
               latency, first_token, from_cache, write_5m, write_1h)
    ), released AS (
      DELETE FROM holds h USING items i WHERE h.user_id = i.user_id AND h.request_id = i.request_id
      RETURNING h.user_id, h.window_ids, h.tokens_held, h.cost_held_nano_usd
    ), entered AS (
      INSERT INTO ledger (user_id, request_id, admitted_at, api_key_id, task_id, endpoint, model, provider, upstream_model,
        status, usage_source, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd,
        price_version, window_ids, streamed, http_status, error_code, latency_ms, time_to_first_token_ms,
        from_cache, cache_write_5m_tokens, cache_write_1h_tokens)
      SELECT user_id, request_id, admitted_at, nullif(api_key_id, 0), nullif(task_id, 0), endpoint, model, provider, upstream_model, status,
             usage_source, prompt, completion, cached, reasoning, cost, price_version, window_ids, streamed,
             http_status, error_code, latency, first_token,
             coalesce(from_cache, false), coalesce(write_5m, 0), coalesce(write_1h, 0)
        FROM items
      ON CONFLICT (user_id, request_id, admitted_at) DO NOTHING
      RETURNING user_id, request_id, admitted_at, window_ids, total_tokens, cost_nano_usd
    ), announced AS (
      INSERT INTO outbox (topic, user_id, request_id, admitted_at)
      SELECT 'call.settled', user_id, request_id, admitted_at FROM entered
    ), deltas AS (
      SELECT CASE WHEN x.window_id < 0 THEN 0 ELSE t.user_id END AS user_id, abs(x.window_id) AS window_id, sum(t.held)::bigint AS held, sum(t.held_cost)::bigint AS held_cost,
             sum(t.spent)::bigint AS spent, sum(t.spent_cost)::bigint AS spent_cost
        FROM (SELECT user_id, window_ids, tokens_held AS held, cost_held_nano_usd AS held_cost, 0 AS spent, 0 AS spent_cost
                FROM released
              UNION ALL
              SELECT user_id, window_ids, 0, 0, total_tokens, cost_nano_usd FROM entered) t
       CROSS JOIN LATERAL unnest(t.window_ids) AS x(window_id)
       GROUP BY 1, 2
    ), counted AS (
      UPDATE quota_windows w
         SET held_tokens = w.held_tokens - d.held, held_nano_usd = w.held_nano_usd - d.held_cost,
             spent_tokens = w.spent_tokens + d.spent, spent_nano_usd = w.spent_nano_usd + d.spent_cost
        FROM deltas d WHERE w.user_id = d.user_id AND w.id = d.window_id
    )
    SELECT count(*) INTO v_entered FROM entered;

    IF v_entered < cardinality(p_request_ids) THEN
      WITH corrected AS (
        INSERT INTO ledger_corrections (user_id, request_id, kind, prompt_tokens, completion_tokens, cached_prompt_tokens,
          reasoning_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cost_nano_usd, price_version, window_ids)
        SELECT l.user_id, l.request_id, 'late_usage', i.prompt - l.prompt_tokens, i.completion - l.completion_tokens,
               i.cached - l.cached_prompt_tokens, i.reasoning - l.reasoning_tokens,
               coalesce(i.write_5m, 0) - l.cache_write_5m_tokens, coalesce(i.write_1h, 0) - l.cache_write_1h_tokens,
               i.cost - l.cost_nano_usd, i.price_version, l.window_ids
          FROM unnest(p_user_ids, p_request_ids, p_usage_sources, p_prompt_tokens, p_completion_tokens, p_cached_tokens,
                 p_reasoning_tokens, p_cache_writes_5m, p_cache_writes_1h, p_costs, p_price_versions)
               AS i(user_id, request_id, usage_source, prompt, completion, cached, reasoning, write_5m, write_1h, cost,
                 price_version)
          JOIN ledger l ON l.user_id = i.user_id AND l.request_id = i.request_id
                       AND l.admitted_at = gatehouse_request_time(i.request_id)
         WHERE l.usage_source = 'lease_expired' AND i.usage_source <> 'lease_expired'
        ON CONFLICT (user_id, request_id, kind) DO NOTHING
        RETURNING user_id, window_ids, prompt_tokens + completion_tokens AS tokens, cost_nano_usd AS cost
      )
      UPDATE quota_windows w
         SET spent_tokens = w.spent_tokens + d.tokens, spent_nano_usd = w.spent_nano_usd + d.cost
        FROM (SELECT CASE WHEN x.window_id < 0 THEN 0 ELSE c.user_id END AS user_id, abs(x.window_id) AS window_id,
                     sum(c.tokens)::bigint AS tokens, sum(c.cost)::bigint AS cost
                FROM corrected c CROSS JOIN LATERAL unnest(c.window_ids) AS x(window_id) GROUP BY 1, 2) d
       WHERE w.user_id = d.user_id AND w.id = d.window_id;
    END IF;
    RETURN v_entered;
  END $$;
`;

const DROP_REPRICE = `
  DROP FUNCTION gatehouse_reprice(int[], uuid[], text, numeric, numeric, numeric);
  DROP FUNCTION gatehouse_repriced(int[], uuid[], text, numeric, numeric, numeric);
`;
const PARAMETERS = `
  p_user_ids int[], p_request_ids uuid[], p_version text, p_input numeric, p_cached_input numeric, p_output numeric,
  p_cache_write_5m numeric DEFAULT NULL, p_cache_write_1h numeric DEFAULT NULL`;

/* What calls cost with their corrections, and what they would cost at these prices (nano-dollars per token). */
const REPRICED_WITH_CACHES = `
  CREATE FUNCTION gatehouse_repriced(${PARAMETERS})
  RETURNS TABLE (user_id int, request_id uuid, window_ids bigint[], cost_before bigint, cost_after bigint)
  LANGUAGE sql STABLE ${SETTINGS} AS $$
    SELECT user_id, request_id, window_ids, cost,
           round((prompt - read - write_5m - write_1h) * p_input + read * p_cached_input
             + write_5m * coalesce(p_cache_write_5m, p_input) + write_1h * coalesce(p_cache_write_1h, p_input)
             + completion * p_output)::bigint
      FROM (SELECT l.user_id, l.request_id, l.window_ids, l.cost_nano_usd + coalesce(c.cost, 0)::bigint AS cost,
                   l.prompt_tokens + coalesce(c.prompt, 0) AS prompt,
                   l.completion_tokens + coalesce(c.completion, 0) AS completion,
                   l.cached_prompt_tokens + coalesce(c.cached, 0) AS cached,
                   l.cache_write_5m_tokens + coalesce(c.write_5m, 0) AS told_5m,
                   l.cache_write_1h_tokens + coalesce(c.write_1h, 0) AS told_1h
              FROM unnest(p_user_ids, p_request_ids) AS i(user_id, request_id)
              JOIN ledger l ON l.user_id = i.user_id AND l.request_id = i.request_id
                           AND l.admitted_at = gatehouse_request_time(i.request_id)
              LEFT JOIN LATERAL (
                SELECT sum(x.cost_nano_usd) AS cost, sum(x.prompt_tokens) AS prompt, sum(x.completion_tokens) AS completion,
                       sum(x.cached_prompt_tokens) AS cached, sum(x.cache_write_5m_tokens) AS write_5m,
                       sum(x.cache_write_1h_tokens) AS write_1h, bool_or(x.kind = 'reprice:' || p_version) AS done
                  FROM ledger_corrections x WHERE x.user_id = i.user_id AND x.request_id = i.request_id) c ON true
             WHERE c.done IS NOT TRUE) calls
     CROSS JOIN LATERAL (SELECT least(cached, prompt) AS read) r
     CROSS JOIN LATERAL (SELECT least(told_5m, prompt - read) AS write_5m) a
     CROSS JOIN LATERAL (SELECT least(told_1h, prompt - read - write_5m) AS write_1h) b
  $$;
`;

const REPRICE_WITH_CACHES = `
  CREATE FUNCTION gatehouse_reprice(${PARAMETERS})
  RETURNS TABLE (calls bigint, cost_before numeric, cost_after numeric) LANGUAGE plpgsql ${SETTINGS} AS $$
  BEGIN
    PERFORM gatehouse_lock_accounts(p_user_ids);
    RETURN QUERY
      WITH priced AS (
        SELECT p.* FROM gatehouse_repriced(p_user_ids, p_request_ids, p_version, p_input, p_cached_input,
                 p_output, p_cache_write_5m, p_cache_write_1h) p
         WHERE p.cost_after <> p.cost_before
      ), entered AS (
        INSERT INTO ledger_corrections (user_id, request_id, kind, prompt_tokens, completion_tokens, cost_nano_usd,
          price_version, window_ids)
        SELECT p.user_id, p.request_id, 'reprice:' || p_version, 0, 0, p.cost_after - p.cost_before, p_version, p.window_ids
          FROM priced p
      ), counted AS (
        UPDATE quota_windows w SET spent_nano_usd = w.spent_nano_usd + d.cost
          FROM (SELECT CASE WHEN x.window_id < 0 THEN 0 ELSE p.user_id END AS user_id, abs(x.window_id) AS window_id,
                       sum(p.cost_after - p.cost_before)::bigint AS cost
                  FROM priced p CROSS JOIN LATERAL unnest(p.window_ids) AS x(window_id) GROUP BY 1, 2) d
         WHERE w.user_id = d.user_id AND w.id = d.window_id
      )
      SELECT count(*), coalesce(sum(p.cost_before), 0), coalesce(sum(p.cost_after), 0) FROM priced p;
  END $$;
`;
