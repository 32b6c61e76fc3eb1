import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Settlement, lease renewal, sweeping of orphans and voiding of admissions whose outcome is unknown. */
export class Settlement1700000000120 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(SETTLE);
    await db.query(RENEW);
    await db.query(SWEEP);
    await db.query(VOID);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_void(int[], uuid[]);
      DROP FUNCTION gatehouse_sweep(int);
      DROP FUNCTION gatehouse_renew(int[], uuid[], int[], int);
      DROP FUNCTION gatehouse_settle;
    `);
  }
}

/** The statements are few and the same for every batch: to plan them anew each time would cost more than to run them. */
const SETTINGS = `SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan`;

/*
 * Idempotent by request id. A hold is subtracted only by the statement that deleted it, a ledger row is counted only by
 * the statement that inserted it, so settling twice, late, or without a hold changes nothing twice. A call that the
 * sweeper billed already gets a correction with the difference instead of a second row. The hold knows the call's windows
 * best: a limit that came during the call has added its own.
 */
export const SETTLE = `
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
      SELECT i.*, gatehouse_request_time(i.request_id) AS admitted_at, coalesce(h.window_ids, i.windows::bigint[]) AS window_ids
        FROM unnest(p_user_ids, p_request_ids, p_api_key_ids, p_task_ids, p_endpoints, p_models, p_providers, p_upstream_models,
               p_statuses, p_usage_sources, p_prompt_tokens, p_completion_tokens, p_cached_tokens, p_reasoning_tokens,
               p_costs, p_price_versions, p_window_ids, p_streamed, p_http_statuses, p_error_codes, p_latencies,
               p_first_tokens, p_from_cache, p_cache_writes_5m, p_cache_writes_1h)
             AS i(user_id, request_id, api_key_id, task_id, endpoint, model, provider, upstream_model, status, usage_source,
               prompt, completion, cached, reasoning, cost, price_version, windows, streamed, http_status, error_code,
               latency, first_token, from_cache, write_5m, write_1h)
        LEFT JOIN holds h ON h.user_id = i.user_id AND h.request_id = i.request_id
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

/* Answers with the holds that still stand. A hold that is missing was swept: its call must stop. */
const RENEW = `
  CREATE FUNCTION gatehouse_renew(p_user_ids int[], p_request_ids uuid[], p_completion_tokens int[], p_lease_seconds int)
  RETURNS SETOF uuid LANGUAGE plpgsql ${SETTINGS} AS $$
  BEGIN
    PERFORM 1 FROM unnest(p_user_ids, p_request_ids) AS i(user_id, request_id)
      JOIN holds h ON h.user_id = i.user_id AND h.request_id = i.request_id
     ORDER BY h.user_id, h.request_id FOR UPDATE OF h;
    RETURN QUERY
      UPDATE holds h
         SET expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds), dispatched = true,
             completion_tokens_seen = greatest(h.completion_tokens_seen, i.completion)
        FROM unnest(p_user_ids, p_request_ids, p_completion_tokens) AS i(user_id, request_id, completion)
       WHERE h.user_id = i.user_id AND h.request_id = i.request_id
      RETURNING h.request_id;
  END $$;
`;

/*
 * Bills the orphans: not dispatched 0, else the prompt and what was seen of the completion, never more than the hold.
 * The expiry is read again under the account's lock, because an owner that was only slow may have renewed meanwhile.
 */
const SWEEP = `
  CREATE FUNCTION gatehouse_sweep(p_limit int) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE
    v_users int[];
    v_requests uuid[];
    v_swept int;
  BEGIN
    SELECT array_agg(user_id), array_agg(request_id) INTO v_users, v_requests
      FROM (SELECT user_id, request_id FROM holds WHERE expires_at < clock_timestamp() ORDER BY expires_at LIMIT p_limit) h;
    IF v_users IS NULL THEN RETURN 0; END IF;
    PERFORM gatehouse_lock_accounts(v_users);
    PERFORM 1 FROM holds WHERE (user_id, request_id) IN (SELECT * FROM unnest(v_users, v_requests))
     ORDER BY user_id, request_id FOR UPDATE;

    SELECT gatehouse_settle(
             array_agg(user_id), array_agg(request_id), array_agg(api_key_id), array_agg(task_id), array_agg(endpoint), array_agg(model),
             array_agg(provider), array_agg(model), array_agg('orphaned'::text), array_agg('lease_expired'::text),
             array_agg(prompt), array_agg(completion), array_agg(0), array_agg(0),
             array_agg(least(cost_held_nano_usd, coalesce(prompt * input_nano_usd_per_token
               + completion * output_nano_usd_per_token, 0))::bigint),
             array_agg(price_version), array_agg(window_ids::text), array_agg(false), array_agg(500),
             array_agg('orphaned'::text), array_agg((extract(epoch FROM clock_timestamp() - held_at) * 1000)::int),
             array_agg(NULL::int))
      INTO v_swept
      FROM (SELECT h.*, CASE WHEN dispatched THEN prompt_tokens_counted ELSE 0 END AS prompt,
                   CASE WHEN dispatched
                        THEN least(completion_tokens_seen, tokens_held - prompt_tokens_counted)::int ELSE 0 END AS completion
              FROM holds h
             WHERE (user_id, request_id) IN (SELECT * FROM unnest(v_users, v_requests))
               AND expires_at < clock_timestamp()) orphans
    HAVING count(*) > 0;
    RETURN coalesce(v_swept, 0);
  END $$;
`;

/* An admission whose answer was lost: whether it was committed or still waits for the lock, it never takes effect. */
const VOID = `
  CREATE FUNCTION gatehouse_void(p_user_ids int[], p_request_ids uuid[]) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE
    v_released int;
  BEGIN
    PERFORM gatehouse_lock_accounts(p_user_ids);
    INSERT INTO admission_tombstones (user_id, request_id) SELECT * FROM unnest(p_user_ids, p_request_ids)
    ON CONFLICT DO NOTHING;
    WITH released AS (
      DELETE FROM holds h USING unnest(p_user_ids, p_request_ids) AS i(user_id, request_id)
       WHERE h.user_id = i.user_id AND h.request_id = i.request_id
      RETURNING h.user_id, h.window_ids, h.tokens_held, h.cost_held_nano_usd
    ), counted AS (
      UPDATE quota_windows w
         SET held_tokens = w.held_tokens - d.held, held_nano_usd = w.held_nano_usd - d.cost,
             requests = w.requests - d.requests
        FROM (SELECT CASE WHEN x.window_id < 0 THEN 0 ELSE r.user_id END AS user_id, abs(x.window_id) AS window_id,
                     sum(r.tokens_held)::bigint AS held, sum(r.cost_held_nano_usd)::bigint AS cost,
                     count(*) AS requests
                FROM released r CROSS JOIN LATERAL unnest(r.window_ids) AS x(window_id) GROUP BY 1, 2) d
       WHERE w.user_id = d.user_id AND w.id = d.window_id
    )
    SELECT count(*) INTO v_released FROM released;
    RETURN v_released;
  END $$;
`;
