import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ADMIT as ADMIT_BEFORE } from './1700000000800-admission-rates.js';

/**
 * Calls that nothing stands in the way of are admitted by one statement for all of them. What was the whole admission decides the
 * rest one by one, and means the same for every call: test/usage/clear-admissions.spec.ts compares the two.
 */
export class ClearAdmissions1700000000801 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(ADMIT_BEFORE.replace('gatehouse_admit(', 'gatehouse_admit_one_by_one('));
    await db.query(ADMIT);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(ADMIT_BEFORE);
    await db.query('DROP FUNCTION gatehouse_admit_one_by_one');
  }
}

/*
 * A call is clear when it is the first of its account in the batch, is under the limits of its account and its key's rate only,
 * and fits into all of them with everything that it wants. Such calls cannot change what is decided about each other, so
 * their order does not matter. Whatever is not certain, a NULL too, is not clear, and is decided one by one.
 *
 * Most of what a small batch costs is the setting up of plans, so this is one statement of few nodes: what a call's row is
 * compared with comes from subqueries, not from joins, which would hand all columns up through each other. OFFSET 0 keeps
 * the planner from making joins of them, and from running each once for every column that is read of it.
 * The periods are variables: with a constant, a plan that was made while there were few windows would go through the index of
 * those to be closed, all of it for each call.
 */
const ADMIT = `
  CREATE OR REPLACE FUNCTION gatehouse_admit(
    p_request_ids uuid[], p_user_ids int[], p_api_key_ids int[], p_task_ids int[], p_endpoints text[], p_models text[],
    p_providers text[], p_prompt_reserved int[], p_prompt_counted int[], p_completion_wanted int[], p_choices int[],
    p_input_nano_usd bigint[], p_output_nano_usd bigint[], p_price_versions text[],
    p_default_per_minute int, p_lease_seconds int
  ) RETURNS TABLE (
    item int, outcome text, block_reason text, case_id uuid,
    refusing_subject smallint, refusing_period smallint, refusing_limit bigint, refusing_used bigint, refusing_resets_at timestamptz,
    completion_allowed int, tokens_held bigint, cost_held bigint, window_ids bigint[],
    minute_limit int, minute_used int, minute_resets_ms int,
    day_limit bigint, day_spent bigint, day_held bigint, day_resets_at timestamptz,
    month_limit bigint, month_spent bigint, month_held bigint, month_resets_at timestamptz,
    lifetime_limit bigint, lifetime_spent bigint, lifetime_held bigint
  ) LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1
  SET plan_cache_mode = force_generic_plan
  AS $$
  #variable_conflict use_column
  DECLARE
    c_day CONSTANT smallint := 1;
    c_month CONSTANT smallint := 2;
    v_now timestamptz;
    v_protected boolean;
    v_admitted int := 0;
    v_rest int[];
  BEGIN
    -- As gatehouse_lock_accounts does. The installation is read by a statement of its own, which sees what was committed
    -- while we waited; a cap cannot come while we hold an account, and with one there is nothing to do here.
    PERFORM 1 FROM quota_accounts a WHERE a.user_id = ANY (p_user_ids) ORDER BY a.user_id FOR UPDATE;
    v_now := clock_timestamp();
    SELECT n.frozen OR n.cost_per_day_nano_usd IS NOT NULL INTO v_protected FROM installation n WHERE n.id = 1;

    IF NOT v_protected AND 0 = ANY (p_task_ids) THEN
      RETURN QUERY
      WITH calls AS (
        SELECT i.*, a.tokens_per_day AS day_limit, a.tokens_per_month AS month_limit, a.lifetime_tokens AS lifetime_limit,
               a.cost_per_day_nano_usd AS day_cost_limit, a.cost_per_month_nano_usd AS month_cost_limit,
               i.prompt + i.wanted::bigint * i.choices AS tokens,
               i.prompt * i.input_price + i.wanted::bigint * i.choices * i.output_price AS cost,
               i.api_key_id = 0 OR coalesce(a.throttled_per_minute, a.requests_per_minute) IS NOT NULL AS minute_counts,
               least(a.throttled_per_minute, coalesce(a.requests_per_minute, p_default_per_minute)) AS minute_limit,
               a.requests_per_hour AS hour_limit,
               (SELECT coalesce(k.requests_per_minute, p_default_per_minute) FROM api_keys k
                 WHERE k.user_id = i.user_id AND k.id = i.api_key_id
                   AND k.is_active AND k.revoked_at IS NULL AND k.deleted_at IS NULL
                   AND (k.expires_at IS NULL OR k.expires_at > v_now)
                   AND k.token_budget IS NULL AND k.cost_budget_nano_usd IS NULL) AS key_limit,
               (SELECT w FROM quota_windows w
                 WHERE w.user_id = i.user_id AND w.subject = 1 AND w.subject_id = 0 AND w.period = c_day
                   AND w.generation = a.day_generation AND w.starts_at <= v_now AND w.ends_at > v_now
                 ORDER BY w.starts_at DESC LIMIT 1) AS d,
               (SELECT w FROM quota_windows w
                 WHERE w.user_id = i.user_id AND w.subject = 1 AND w.subject_id = 0 AND w.period = c_month
                   AND w.generation = a.month_generation AND w.starts_at <= v_now AND w.ends_at > v_now
                 ORDER BY w.starts_at DESC LIMIT 1) AS m,
               (SELECT w FROM quota_windows w
                 WHERE w.user_id = i.user_id AND w.subject = 1 AND w.subject_id = 0 AND w.period = 3
                   AND w.generation = 0 AND w.starts_at = '-infinity') AS l,
               (SELECT c FROM rate_counters c
                 WHERE c.user_id = i.user_id AND c.subject = 1 AND c.subject_id = 0 AND c.seconds = 60
                   AND c.started_at + interval '1 minute' > v_now) AS by_minute,
               (SELECT c FROM rate_counters c
                 WHERE c.user_id = i.user_id AND c.subject = 1 AND c.subject_id = 0 AND c.seconds = 3600
                   AND c.started_at + interval '1 hour' > v_now) AS by_hour,
               (SELECT c FROM rate_counters c
                 WHERE c.user_id = i.user_id AND c.subject = 2 AND c.subject_id = i.api_key_id AND c.seconds = 60
                   AND c.started_at + interval '1 minute' > v_now) AS by_key
          FROM unnest(p_request_ids, p_user_ids, p_api_key_ids, p_task_ids, p_prompt_reserved, p_completion_wanted,
                      p_choices, p_input_nano_usd, p_output_nano_usd)
               WITH ORDINALITY AS i(request_id, user_id, api_key_id, task_id, prompt, wanted, choices, input_price,
                                    output_price, ord)
          JOIN quota_accounts a ON a.user_id = i.user_id
         WHERE i.task_id = 0 AND i.ord = array_position(p_user_ids, i.user_id)
           AND (a.allowed_models IS NULL OR p_models[i.ord] = ANY (a.allowed_models))
           AND (a.concurrent_requests IS NULL
                OR a.concurrent_requests > (SELECT count(*) FROM holds h WHERE h.user_id = i.user_id))
           AND EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id AND u.is_active AND NOT u.is_blocked
                          AND u.deleted_at IS NULL OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM quota_limits q
                            WHERE q.user_id = i.user_id AND q.subject = 2 AND q.subject_id = i.api_key_id OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM admission_tombstones t
                            WHERE t.user_id = i.user_id AND t.request_id = i.request_id OFFSET 0)
           -- Else its cost may be no bigint; one by one, a wish is cut down before it is multiplied out.
           AND i.wanted::float8 * i.choices * coalesce(i.output_price, 0) < 1e18
        OFFSET 0
      ), clear AS MATERIALIZED (
        SELECT ord::int AS ord, request_id, user_id, api_key_id, prompt, wanted, input_price, output_price, tokens,
               coalesce(cost, 0) AS cost, ARRAY[(d).id, (m).id, (l).id] AS window_ids,
               day_limit, (d).spent_tokens AS day_spent, (d).held_tokens + tokens AS day_held, (d).ends_at AS day_ends,
               month_limit, (m).spent_tokens AS month_spent, (m).held_tokens + tokens AS month_held, (m).ends_at AS month_ends,
               lifetime_limit, (l).spent_tokens AS lifetime_spent, (l).held_tokens + tokens AS lifetime_held,
               minute_counts, minute_limit, coalesce((by_minute).requests, 0) + 1 AS minute_used,
               coalesce((by_minute).started_at, v_now) AS minute_started,
               hour_limit, coalesce((by_hour).requests, 0) + 1 AS hour_used,
               coalesce((by_hour).started_at, v_now) AS hour_started,
               key_limit, coalesce((by_key).requests, 0) + 1 AS key_used, coalesce((by_key).started_at, v_now) AS key_started
          FROM calls
         WHERE (d).id IS NOT NULL AND (m).id IS NOT NULL AND (l).id IS NOT NULL
           AND (day_limit IS NULL OR (d).spent_tokens + (d).held_tokens + tokens <= day_limit)
           AND (month_limit IS NULL OR (m).spent_tokens + (m).held_tokens + tokens <= month_limit)
           AND (lifetime_limit IS NULL OR (l).spent_tokens + (l).held_tokens + tokens <= lifetime_limit)
           AND (day_cost_limit IS NULL OR (d).spent_nano_usd + (d).held_nano_usd + cost <= day_cost_limit)
           AND (month_cost_limit IS NULL OR (m).spent_nano_usd + (m).held_nano_usd + cost <= month_cost_limit)
           AND (NOT minute_counts OR coalesce((by_minute).requests, 0) < minute_limit)
           AND (hour_limit IS NULL OR coalesce((by_hour).requests, 0) < hour_limit)
           AND (api_key_id = 0 OR coalesce((by_key).requests, 0) < key_limit)
      ), held AS (
        INSERT INTO holds (user_id, request_id, api_key_id, task_id, endpoint, model, provider, prompt_tokens_reserved,
          prompt_tokens_counted, tokens_held, cost_held_nano_usd, input_nano_usd_per_token, output_nano_usd_per_token,
          price_version, window_ids, held_at, expires_at)
        SELECT user_id, request_id, api_key_id, 0, p_endpoints[ord], p_models[ord], p_providers[ord], prompt,
               p_prompt_counted[ord], tokens, cost, input_price, output_price, p_price_versions[ord], window_ids, v_now,
               v_now + make_interval(secs => p_lease_seconds)
          FROM clear
      ), counted AS (
        UPDATE quota_windows w
           SET held_tokens = w.held_tokens + c.tokens, held_nano_usd = w.held_nano_usd + c.cost, requests = w.requests + 1
          FROM clear c WHERE w.user_id = c.user_id AND w.id = ANY (c.window_ids)
      ), rated AS (
        INSERT INTO rate_counters (user_id, subject, subject_id, seconds, started_at, requests)
        SELECT user_id, 1, 0, 60, minute_started, minute_used FROM clear WHERE minute_counts
        UNION ALL
        SELECT user_id, 1, 0, 3600, hour_started, hour_used FROM clear WHERE hour_limit IS NOT NULL
        UNION ALL
        SELECT user_id, 2, api_key_id, 60, key_started, key_used FROM clear WHERE api_key_id <> 0
        ON CONFLICT (user_id, subject, subject_id, seconds) DO UPDATE
           SET started_at = excluded.started_at, requests = excluded.requests
      )
      SELECT ord, 'admitted', NULL::text, NULL::uuid, NULL::smallint, NULL::smallint, NULL::bigint, NULL::bigint,
             NULL::timestamptz, wanted, tokens, cost, window_ids,
             CASE WHEN key_is_next THEN key_limit ELSE minute_limit END,
             CASE WHEN key_is_next THEN key_used ELSE minute_used END,
             (extract(epoch FROM CASE WHEN key_is_next THEN key_started ELSE minute_started END + interval '1 minute'
                                 - v_now) * 1000)::int,
             day_limit, day_spent, day_held, day_ends, month_limit, month_spent, month_held, month_ends,
             lifetime_limit, lifetime_spent, lifetime_held
        FROM (SELECT *, NOT minute_counts
                        OR api_key_id <> 0 AND key_limit - key_used < minute_limit - minute_used AS key_is_next
                FROM clear) answers;
      GET DIAGNOSTICS v_admitted = ROW_COUNT;
      IF v_admitted = cardinality(p_request_ids) THEN RETURN; END IF;
    END IF;

    IF v_admitted = 0 THEN
      RETURN QUERY SELECT * FROM gatehouse_admit_one_by_one(p_request_ids, p_user_ids, p_api_key_ids, p_task_ids, p_endpoints,
        p_models, p_providers, p_prompt_reserved, p_prompt_counted, p_completion_wanted, p_choices, p_input_nano_usd,
        p_output_nano_usd, p_price_versions, p_default_per_minute, p_lease_seconds);
      RETURN;
    END IF;

    SELECT array_agg(i.ord::int ORDER BY i.ord) INTO v_rest
      FROM unnest(p_user_ids, p_request_ids) WITH ORDINALITY AS i(user_id, request_id, ord)
     WHERE i.ord <> array_position(p_user_ids, i.user_id)
        OR NOT EXISTS (SELECT 1 FROM holds h
                        WHERE h.user_id = i.user_id AND h.request_id = i.request_id AND h.held_at = v_now);
    RETURN QUERY
    SELECT v_rest[e.item], e.outcome, e.block_reason, e.case_id, e.refusing_subject, e.refusing_period, e.refusing_limit,
           e.refusing_used, e.refusing_resets_at, e.completion_allowed, e.tokens_held, e.cost_held, e.window_ids,
           e.minute_limit, e.minute_used, e.minute_resets_ms, e.day_limit, e.day_spent, e.day_held, e.day_resets_at,
           e.month_limit, e.month_spent, e.month_held, e.month_resets_at, e.lifetime_limit, e.lifetime_spent, e.lifetime_held
      FROM (SELECT array_agg(p_request_ids[i]) AS request_ids, array_agg(p_user_ids[i]) AS user_ids,
                   array_agg(p_api_key_ids[i]) AS api_key_ids, array_agg(p_task_ids[i]) AS task_ids,
                   array_agg(p_endpoints[i]) AS endpoints, array_agg(p_models[i]) AS models,
                   array_agg(p_providers[i]) AS providers, array_agg(p_prompt_reserved[i]) AS reserved,
                   array_agg(p_prompt_counted[i]) AS counted, array_agg(p_completion_wanted[i]) AS wanted,
                   array_agg(p_choices[i]) AS choices, array_agg(p_input_nano_usd[i]) AS input_prices,
                   array_agg(p_output_nano_usd[i]) AS output_prices, array_agg(p_price_versions[i]) AS versions
              FROM unnest(v_rest) AS i) r
     CROSS JOIN LATERAL gatehouse_admit_one_by_one(r.request_ids, r.user_ids, r.api_key_ids, r.task_ids, r.endpoints, r.models,
       r.providers, r.reserved, r.counted, r.wanted, r.choices, r.input_prices, r.output_prices, r.versions,
       p_default_per_minute, p_lease_seconds) e;
  END $$;
`;
