import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SETTLE as SETTLE_BEFORE } from './1700000000120-settlement.js';

/** Settlement looks each hold up twice instead of three times, and does not keep the rows of its batch in between. */
export class LeanSettlement1700000000802 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(SETTLE);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(SETTLE_BEFORE.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
  }
}

/*
 * Idempotent by request id. A hold is subtracted only by the statement that deleted it, a ledger row is counted only by
 * the statement that inserted it, so settling twice, late, or without a hold changes nothing twice. A call that the
 * sweeper billed already gets a correction with the difference instead of a second row. The hold knows the call's windows
 * best: a limit that came during the call has added its own. That needs the account's lock, as taking a hold away does; so
 * the hold that is read beside the ledger's row is the one that is deleted. Renewal takes no such lock, only those of its
 * holds, in the order of accounts and requests: holds are deleted in the same order, so the two never wait in a circle.
 *
 * Statistics that were taken while nobody was calling would have the planner go through all holds for each batch. A subquery,
 * and arrays of one, leave it nothing but the index, in the order of the batch.
 */
const SETTLE = `
  CREATE OR REPLACE FUNCTION gatehouse_settle(
    p_user_ids int[], p_request_ids uuid[], p_api_key_ids int[], p_task_ids int[], p_endpoints text[], p_models text[],
    p_providers text[], p_upstream_models text[], p_statuses text[], p_usage_sources text[], p_prompt_tokens int[], p_completion_tokens int[],
    p_cached_tokens int[], p_reasoning_tokens int[], p_costs bigint[], p_price_versions text[], p_window_ids text[],
    p_streamed boolean[], p_http_statuses int[], p_error_codes text[], p_latencies int[], p_first_tokens int[],
    p_from_cache boolean[] DEFAULT NULL, p_cache_writes_5m int[] DEFAULT NULL, p_cache_writes_1h int[] DEFAULT NULL
  ) RETURNS int LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    v_entered int;
  BEGIN
    -- As gatehouse_lock_accounts does, without a call of its own.
    PERFORM 1 FROM quota_accounts a WHERE a.user_id = ANY (p_user_ids) ORDER BY a.user_id FOR UPDATE;
    PERFORM 1 FROM installation n WHERE n.cost_per_day_nano_usd IS NOT NULL FOR UPDATE;

    WITH released AS (
      DELETE FROM holds h
       USING (SELECT * FROM unnest(p_user_ids, p_request_ids) AS i(user_id, request_id) ORDER BY user_id, request_id) i
       WHERE h.user_id = ANY (ARRAY[i.user_id]) AND h.request_id = ANY (ARRAY[i.request_id])
      RETURNING h.user_id, h.window_ids, h.tokens_held, h.cost_held_nano_usd
    ), entered AS (
      INSERT INTO ledger (user_id, request_id, admitted_at, api_key_id, task_id, endpoint, model, provider, upstream_model,
        status, usage_source, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd,
        price_version, window_ids, streamed, http_status, error_code, latency_ms, time_to_first_token_ms,
        from_cache, cache_write_5m_tokens, cache_write_1h_tokens)
      SELECT i.user_id, i.request_id, gatehouse_request_time(i.request_id), nullif(i.api_key_id, 0), nullif(i.task_id, 0),
             i.endpoint, i.model, i.provider, i.upstream_model, i.status, i.usage_source, i.prompt, i.completion, i.cached,
             i.reasoning, i.cost, i.price_version,
             coalesce((SELECT h.window_ids FROM holds h WHERE h.user_id = i.user_id AND h.request_id = i.request_id),
                      i.windows::bigint[]),
             i.streamed, i.http_status, i.error_code, i.latency, i.first_token, coalesce(i.from_cache, false),
             coalesce(i.write_5m, 0), coalesce(i.write_1h, 0)
        FROM unnest(p_user_ids, p_request_ids, p_api_key_ids, p_task_ids, p_endpoints, p_models, p_providers, p_upstream_models,
               p_statuses, p_usage_sources, p_prompt_tokens, p_completion_tokens, p_cached_tokens, p_reasoning_tokens,
               p_costs, p_price_versions, p_window_ids, p_streamed, p_http_statuses, p_error_codes, p_latencies,
               p_first_tokens, p_from_cache, p_cache_writes_5m, p_cache_writes_1h)
             AS i(user_id, request_id, api_key_id, task_id, endpoint, model, provider, upstream_model, status, usage_source,
               prompt, completion, cached, reasoning, cost, price_version, windows, streamed, http_status, error_code,
               latency, first_token, from_cache, write_5m, write_1h)
      ON CONFLICT (user_id, request_id, admitted_at) DO NOTHING
      RETURNING user_id, request_id, admitted_at, window_ids, total_tokens, cost_nano_usd
    ), announced AS (
      INSERT INTO outbox (topic, user_id, request_id, admitted_at)
      SELECT 'call.settled', user_id, request_id, admitted_at FROM entered
    ), counted AS (
      UPDATE quota_windows w
         SET held_tokens = w.held_tokens - d.held, held_nano_usd = w.held_nano_usd - d.held_cost,
             spent_tokens = w.spent_tokens + d.spent, spent_nano_usd = w.spent_nano_usd + d.spent_cost
        FROM (SELECT CASE WHEN t.window_id < 0 THEN 0 ELSE t.user_id END AS user_id, abs(t.window_id) AS window_id,
                     sum(t.held)::bigint AS held, sum(t.held_cost)::bigint AS held_cost,
                     sum(t.spent)::bigint AS spent, sum(t.spent_cost)::bigint AS spent_cost
                FROM (SELECT user_id, unnest(window_ids) AS window_id, tokens_held AS held, cost_held_nano_usd AS held_cost,
                             0::bigint AS spent, 0::bigint AS spent_cost
                        FROM released
                      UNION ALL
                      SELECT user_id, unnest(window_ids), 0, 0, total_tokens, cost_nano_usd FROM entered) t
               GROUP BY 1, 2) d
       WHERE w.user_id = d.user_id AND w.id = d.window_id
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
