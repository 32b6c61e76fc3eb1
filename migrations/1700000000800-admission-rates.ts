import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ADMIT as ADMIT_BEFORE } from './1700000000110-admission.js';

/** Admission finds the rates of its keys by their index. Before, it went over all keys there are, for each batch. */
export class AdmissionRates1700000000800 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(ADMIT);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(ADMIT_BEFORE.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
  }
}

/*
 * Separate statements on purpose: after a lock wait each one sees what the others before us committed.
 * The windows of the batch are read into arrays (w_*), sorted by account; so are the rate counters (r_*). One pass over
 * the calls in arrival order then does arithmetic on them only, so that each call sees what those before it took, and
 * what changed is written back by one statement each. Subjects: 0 installation, 1 account, 2 key, 3 task.
 */
export const ADMIT = `
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
    c_unlimited CONSTANT bigint := 4000000000000000000;
    v_now timestamptz;
    v_frozen boolean;
    v_complete boolean;
    v_made boolean := false;
    v_user int;
    v_in_flight int;
    v_least bigint;
    v_room bigint;
    v_cost bigint;
    v_from int := 1; v_to int := 0; v_installation int := 0; v_windows int;
    v_rate_from int := 1; v_rate_to int := 0; v_rates int; v_minute int;
    v_mine int[];
    v_my_rates int[];
    i int;
    r record;
    w_id bigint[]; w_user int[]; w_subject smallint[]; w_subject_id int[]; w_period smallint[]; w_ends timestamptz[];
    w_limit bigint[]; w_spent bigint[]; w_held bigint[];
    w_cost_limit bigint[]; w_cost_spent bigint[]; w_cost_held bigint[];
    w_new_tokens bigint[]; w_new_cost bigint[]; w_new_requests int[];
    r_user int[]; r_subject smallint[]; r_subject_id int[]; r_seconds int[]; r_limit int[]; r_started timestamptz[];
    r_used int[]; r_touched boolean[];
    a_items int[] := '{}'; a_tokens bigint[] := '{}'; a_costs bigint[] := '{}'; a_windows text[] := '{}';
  BEGIN
    PERFORM gatehouse_lock_accounts(p_user_ids);
    v_now := clock_timestamp();
    SELECT n.frozen INTO v_frozen FROM installation n WHERE n.id = 1;

    -- A window that runs is found by the clock alone; the calendar is asked only for those that nobody was in yet.
    LOOP
      SELECT array_agg(x.id), array_agg(x.user_id), array_agg(x.subject), array_agg(x.subject_id), array_agg(x.period),
             array_agg(x.ends_at), array_agg(x.token_limit), array_agg(x.spent_tokens), array_agg(x.held_tokens),
             array_agg(x.cost_limit), array_agg(x.spent_nano_usd), array_agg(x.held_nano_usd),
             array_agg(0::bigint), array_agg(0::bigint), array_agg(0), coalesce(bool_and(x.id IS NOT NULL), true)
        INTO w_id, w_user, w_subject, w_subject_id, w_period, w_ends, w_limit, w_spent, w_held,
             w_cost_limit, w_cost_spent, w_cost_held, w_new_tokens, w_new_cost, w_new_requests, v_complete
        FROM (SELECT s.user_id, s.subject, s.subject_id, p.period, p.token_limit, p.cost_limit,
                     w.id, w.ends_at, w.spent_tokens, w.held_tokens, w.spent_nano_usd, w.held_nano_usd
                FROM gatehouse_limited_subjects(p_user_ids, p_api_key_ids, p_task_ids) s
               CROSS JOIN LATERAL (VALUES
                 (1::smallint, s.day_generation, s.day_tokens, s.day_cost),
                 (2::smallint, s.month_generation, s.month_tokens, s.month_cost),
                 (3::smallint, 0, s.lifetime_tokens, s.lifetime_cost)) AS p(period, generation, token_limit, cost_limit)
                LEFT JOIN LATERAL (
                  SELECT * FROM quota_windows w
                   WHERE w.user_id = s.user_id AND w.subject = s.subject AND w.subject_id = s.subject_id
                     AND w.period = p.period AND w.generation = p.generation AND w.starts_at <= v_now AND w.ends_at > v_now
                   ORDER BY w.starts_at DESC LIMIT 1) w ON true
               ORDER BY s.user_id, s.subject, s.subject_id, p.period) x;
      EXIT WHEN v_complete;
      IF v_made THEN RAISE EXCEPTION 'the calendar names windows that do not run now'; END IF;
      INSERT INTO quota_windows (user_id, subject, subject_id, period, starts_at, ends_at, generation)
      SELECT s.user_id, s.subject, s.subject_id, p.period, p.starts_at, p.ends_at, p.generation
        FROM gatehouse_limited_subjects(p_user_ids, p_api_key_ids, p_task_ids) s
       CROSS JOIN LATERAL gatehouse_periods(s.time_zone, s.kept_day, s.kept_month, s.day_generation, s.month_generation,
                            v_now) p
      ON CONFLICT DO NOTHING;
      v_made := true;
    END LOOP;
    v_windows := coalesce(cardinality(w_id), 0);
    WHILE v_installation < v_windows AND w_user[v_installation + 1] = 0 LOOP v_installation := v_installation + 1; END LOOP;

    SELECT array_agg(x.user_id), array_agg(x.subject), array_agg(x.subject_id), array_agg(x.seconds),
           array_agg(x.rate_limit), array_agg(CASE WHEN x.current THEN x.started_at ELSE v_now END),
           array_agg(CASE WHEN x.current THEN x.requests ELSE 0 END), array_agg(false)
      INTO r_user, r_subject, r_subject_id, r_seconds, r_limit, r_started, r_used, r_touched
      FROM (SELECT l.user_id, l.subject, l.subject_id, l.seconds, min(l.rate_limit) AS rate_limit,
                   max(c.started_at) AS started_at, max(c.requests) AS requests,
                   coalesce(max(c.started_at) + make_interval(secs => l.seconds) > v_now, false) AS current
              FROM (SELECT a.user_id, 1::smallint AS subject, 0 AS subject_id, s.seconds, s.rate_limit
                      FROM quota_accounts a
                     CROSS JOIN LATERAL (VALUES (60, least(a.throttled_per_minute, coalesce(a.requests_per_minute, p_default_per_minute))),
                                                (3600, a.requests_per_hour)) AS s(seconds, rate_limit)
                     WHERE a.user_id = ANY (p_user_ids) AND s.rate_limit IS NOT NULL
                    UNION ALL
                    SELECT k.user_id, 2::smallint, k.id, 60,
                           coalesce(least(k.requests_per_minute, q.requests_per_minute), p_default_per_minute)
                      FROM unnest(p_user_ids, p_api_key_ids) AS i(user_id, api_key_id)
                      JOIN api_keys k ON k.user_id = i.user_id AND k.id = i.api_key_id
                      LEFT JOIN quota_limits q ON q.user_id = i.user_id AND q.subject = 2 AND q.subject_id = i.api_key_id
                    UNION ALL
                    SELECT q.user_id, q.subject, q.subject_id, s.seconds, s.rate_limit
                      FROM unnest(p_user_ids, p_api_key_ids, p_task_ids) AS i(user_id, api_key_id, task_id)
                     CROSS JOIN LATERAL (VALUES (2::smallint, i.api_key_id), (3::smallint, i.task_id)) AS o(subject, subject_id)
                      JOIN quota_limits q ON q.user_id = i.user_id AND q.subject = o.subject AND q.subject_id = o.subject_id
                     CROSS JOIN LATERAL (VALUES (60, q.requests_per_minute), (3600, q.requests_per_hour)) AS s(seconds, rate_limit)
                     WHERE s.rate_limit IS NOT NULL) l
              LEFT JOIN rate_counters c USING (user_id, subject, subject_id, seconds)
             GROUP BY 1, 2, 3, 4
             ORDER BY 1, 2, 3, 4) x;
    v_rates := coalesce(cardinality(r_user), 0);

    FOR r IN
      SELECT i.*, a.user_id AS account_id, a.concurrent_requests,
             coalesce(a.throttled_per_minute, a.requests_per_minute) IS NOT NULL AS minute_for_all,
             (a.allowed_models IS NOT NULL AND p_models[i.ord] <> ALL (a.allowed_models)) AS model_refused,
             u.is_active, u.is_blocked, u.blocked_reason, u.case_id AS user_case_id, u.deleted_at,
             (k.is_active AND k.revoked_at IS NULL AND k.deleted_at IS NULL
                AND (k.expires_at IS NULL OR k.expires_at > v_now)) AS key_valid, t.request_id AS tombstone
        FROM unnest(p_request_ids, p_user_ids, p_api_key_ids, p_task_ids, p_prompt_reserved, p_completion_wanted, p_choices,
                    p_input_nano_usd, p_output_nano_usd)
             WITH ORDINALITY AS i(request_id, user_id, api_key_id, task_id, prompt, wanted, choices, input_price, output_price, ord)
        LEFT JOIN quota_accounts a ON a.user_id = i.user_id
        LEFT JOIN users u ON u.id = i.user_id
        LEFT JOIN api_keys k ON k.user_id = i.user_id AND k.id = i.api_key_id
        LEFT JOIN admission_tombstones t ON t.user_id = i.user_id AND t.request_id = i.request_id
       ORDER BY i.user_id, i.ord
    LOOP
      IF v_user IS DISTINCT FROM r.user_id THEN
        v_user := r.user_id;
        v_from := v_to + 1;
        WHILE v_from <= v_windows AND w_user[v_from] < v_user LOOP v_from := v_from + 1; END LOOP;
        v_to := v_from - 1;
        WHILE v_to < v_windows AND w_user[v_to + 1] = v_user LOOP v_to := v_to + 1; END LOOP;
        v_rate_from := v_rate_to + 1;
        WHILE v_rate_from <= v_rates AND r_user[v_rate_from] < v_user LOOP v_rate_from := v_rate_from + 1; END LOOP;
        v_rate_to := v_rate_from - 1;
        WHILE v_rate_to < v_rates AND r_user[v_rate_to + 1] = v_user LOOP v_rate_to := v_rate_to + 1; END LOOP;
        IF r.concurrent_requests IS NOT NULL THEN
          SELECT count(*) INTO v_in_flight FROM holds h WHERE h.user_id = v_user;
        END IF;
      END IF;

      item := r.ord; outcome := NULL; block_reason := NULL; case_id := NULL;
      refusing_subject := NULL; refusing_period := NULL; refusing_limit := NULL; refusing_used := NULL; refusing_resets_at := NULL;
      completion_allowed := r.wanted; tokens_held := 0; cost_held := 0;

      -- This call's windows: the installation's, the account's, and those of its own key and task.
      v_mine := '{}';
      FOR i IN 1 .. v_installation LOOP v_mine := v_mine || i; END LOOP;
      FOR i IN v_from .. v_to LOOP
        IF w_subject[i] = 1 OR w_subject[i] = 2 AND w_subject_id[i] = r.api_key_id
           OR w_subject[i] = 3 AND w_subject_id[i] = r.task_id THEN v_mine := v_mine || i; END IF;
      END LOOP;
      v_my_rates := '{}';
      v_minute := NULL;
      FOR i IN v_rate_from .. v_rate_to LOOP
        IF r_subject[i] = 1 AND (r_seconds[i] = 3600 OR r.api_key_id = 0 OR r.minute_for_all)
           OR r_subject[i] = 2 AND r_subject_id[i] = r.api_key_id OR r_subject[i] = 3 AND r_subject_id[i] = r.task_id THEN
          v_my_rates := v_my_rates || i;
          IF r_seconds[i] = 60 AND (v_minute IS NULL OR r_limit[i] - r_used[i] < r_limit[v_minute] - r_used[v_minute]) THEN
            v_minute := i;
          END IF;
        END IF;
      END LOOP;

      IF r.account_id IS NULL OR r.deleted_at IS NOT NULL THEN outcome := 'account_missing';
      ELSIF r.tombstone IS NOT NULL THEN outcome := 'voided';
      ELSIF NOT r.is_active THEN outcome := 'account_inactive';
      ELSIF r.is_blocked THEN outcome := 'account_blocked'; block_reason := r.blocked_reason; case_id := r.user_case_id;
      ELSIF r.api_key_id <> 0 AND r.key_valid IS NOT TRUE THEN outcome := 'key_revoked';
      ELSIF v_frozen THEN outcome := 'frozen';
      ELSIF r.model_refused THEN outcome := 'model_not_allowed';
      ELSIF v_in_flight >= r.concurrent_requests THEN
        outcome := 'concurrent_requests'; refusing_limit := r.concurrent_requests; refusing_used := v_in_flight;
      ELSE
        FOREACH i IN ARRAY v_my_rates LOOP
          IF r_used[i] >= r_limit[i] THEN
            outcome := CASE r_seconds[i] WHEN 60 THEN 'requests_per_minute' ELSE 'requests_per_hour' END;
            refusing_subject := r_subject[i]; refusing_limit := r_limit[i]; refusing_used := r_used[i];
            refusing_resets_at := r_started[i] + make_interval(secs => r_seconds[i]);
          END IF;
        END LOOP;
      END IF;

      IF outcome IS NULL THEN
        -- Spent: would not fit even if every hold were released. Clamping looks at this room only, never at others' holds.
        v_least := r.prompt + least(r.wanted, 1) * r.choices;
        FOREACH i IN ARRAY v_mine LOOP
          v_room := coalesce(w_limit[i], c_unlimited) - w_spent[i];
          IF v_least > v_room THEN
            outcome := 'tokens_spent';
          ELSE
            completion_allowed := least(completion_allowed, (v_room - r.prompt) / r.choices);
          END IF;
          IF w_cost_limit[i] IS NOT NULL AND outcome IS NULL THEN
            v_room := w_cost_limit[i] - w_cost_spent[i];
            IF r.input_price IS NULL THEN
              outcome := 'no_price';
            ELSIF r.prompt * r.input_price + least(r.wanted, 1) * r.choices * r.output_price > v_room THEN
              outcome := 'cost_spent';
            ELSIF r.output_price > 0 THEN
              completion_allowed := least(completion_allowed, (v_room - r.prompt * r.input_price) / (r.choices * r.output_price));
            END IF;
          END IF;
          IF outcome IS NOT NULL THEN
            refusing_subject := w_subject[i]; refusing_period := w_period[i]; refusing_resets_at := w_ends[i];
            refusing_limit := CASE outcome WHEN 'tokens_spent' THEN w_limit[i] ELSE w_cost_limit[i] END;
            refusing_used := CASE outcome WHEN 'tokens_spent' THEN w_spent[i] ELSE w_cost_spent[i] END;
            EXIT;
          END IF;
        END LOOP;
      END IF;

      IF outcome IS NULL THEN
        tokens_held := r.prompt + completion_allowed::bigint * r.choices;
        cost_held := coalesce(r.prompt * r.input_price + completion_allowed::bigint * r.choices * r.output_price, 0);
        FOREACH i IN ARRAY v_mine LOOP
          IF w_spent[i] + w_held[i] + tokens_held > w_limit[i] THEN outcome := 'tokens_held';
          ELSIF w_cost_spent[i] + w_cost_held[i] + cost_held > w_cost_limit[i] THEN outcome := 'cost_held';
          END IF;
          IF outcome IS NOT NULL THEN
            refusing_subject := w_subject[i]; refusing_period := w_period[i]; refusing_resets_at := w_ends[i];
            refusing_limit := CASE outcome WHEN 'tokens_held' THEN w_limit[i] ELSE w_cost_limit[i] END;
            refusing_used := CASE outcome WHEN 'tokens_held' THEN w_spent[i] ELSE w_cost_spent[i] END;
            EXIT;
          END IF;
        END LOOP;
      END IF;

      IF outcome IS NULL THEN
        outcome := 'admitted';
        v_in_flight := v_in_flight + 1;
        window_ids := '{}';
        FOREACH i IN ARRAY v_mine LOOP
          w_held[i] := w_held[i] + tokens_held;
          w_cost_held[i] := w_cost_held[i] + cost_held;
          w_new_tokens[i] := w_new_tokens[i] + tokens_held;
          w_new_cost[i] := w_new_cost[i] + cost_held;
          w_new_requests[i] := w_new_requests[i] + 1;
          -- A negative id is a window of the installation: it stands under user 0.
          window_ids := window_ids || CASE w_user[i] WHEN 0 THEN -w_id[i] ELSE w_id[i] END;
        END LOOP;
        FOREACH i IN ARRAY v_my_rates LOOP
          r_used[i] := r_used[i] + 1;
          r_touched[i] := true;
        END LOOP;
        a_items := a_items || item;
        a_tokens := a_tokens || tokens_held;
        a_costs := a_costs || cost_held;
        a_windows := a_windows || window_ids::text;
      ELSE
        tokens_held := 0; cost_held := 0; completion_allowed := 0; window_ids := NULL;
      END IF;

      FOREACH i IN ARRAY v_mine LOOP
        IF w_subject[i] <> 1 THEN CONTINUE;
        ELSIF w_period[i] = 1 THEN
          day_limit := w_limit[i]; day_spent := w_spent[i]; day_held := w_held[i]; day_resets_at := w_ends[i];
        ELSIF w_period[i] = 2 THEN
          month_limit := w_limit[i]; month_spent := w_spent[i]; month_held := w_held[i]; month_resets_at := w_ends[i];
        ELSE
          lifetime_limit := w_limit[i]; lifetime_spent := w_spent[i]; lifetime_held := w_held[i];
        END IF;
      END LOOP;
      minute_limit := r_limit[v_minute]; minute_used := r_used[v_minute];
      minute_resets_ms := extract(epoch FROM r_started[v_minute] + interval '1 minute' - v_now) * 1000;
      RETURN NEXT;
    END LOOP;

    IF cardinality(a_items) = 0 THEN RETURN; END IF;

    INSERT INTO holds (user_id, request_id, api_key_id, task_id, endpoint, model, provider, prompt_tokens_reserved,
      prompt_tokens_counted, tokens_held, cost_held_nano_usd, input_nano_usd_per_token, output_nano_usd_per_token,
      price_version, window_ids, held_at, expires_at)
    SELECT p_user_ids[g.i], p_request_ids[g.i], p_api_key_ids[g.i], p_task_ids[g.i], p_endpoints[g.i], p_models[g.i],
           p_providers[g.i], p_prompt_reserved[g.i], p_prompt_counted[g.i], g.tokens, g.cost, p_input_nano_usd[g.i],
           p_output_nano_usd[g.i], p_price_versions[g.i], g.windows::bigint[], v_now,
           v_now + make_interval(secs => p_lease_seconds)
      FROM unnest(a_items, a_tokens, a_costs, a_windows) AS g(i, tokens, cost, windows);

    UPDATE quota_windows w
       SET held_tokens = w.held_tokens + g.tokens, held_nano_usd = w.held_nano_usd + g.cost, requests = w.requests + g.requests
      FROM unnest(w_user, w_id, w_new_tokens, w_new_cost, w_new_requests) AS g(user_id, id, tokens, cost, requests)
     WHERE g.requests > 0 AND w.user_id = g.user_id AND w.id = g.id;

    INSERT INTO rate_counters (user_id, subject, subject_id, seconds, started_at, requests)
    SELECT g.user_id, g.subject, g.subject_id, g.seconds, g.started, g.used
      FROM unnest(r_user, r_subject, r_subject_id, r_seconds, r_started, r_used, r_touched)
           AS g(user_id, subject, subject_id, seconds, started, used, touched)
     WHERE g.touched
    ON CONFLICT (user_id, subject, subject_id, seconds) DO UPDATE
       SET started_at = excluded.started_at, requests = excluded.requests;
  END $$;
`;
