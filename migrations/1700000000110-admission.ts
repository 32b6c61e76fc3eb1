import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The admission of a batch of calls in one round trip. See docs/adr/0002 for why it is a function in the database.
 *
 * The account row is the lock of everything below it: whoever changes an account's windows, counters or holds takes it
 * first, and a batch takes its accounts in ascending order, so two batches never wait for each other in a circle.
 */
export class Admission1700000000110 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(HELPERS);
    await db.query(ADMIT);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_admit;
      DROP FUNCTION gatehouse_lock_accounts(int[]);
      DROP FUNCTION gatehouse_request_time(uuid);
      DROP FUNCTION gatehouse_periods(text, int, int, timestamptz);
    `);
  }
}

const HELPERS = `
  -- The current windows of an account: calendar periods in its time zone, by the database's clock.
  CREATE FUNCTION gatehouse_periods(p_time_zone text, p_day_generation int, p_month_generation int, p_now timestamptz)
  RETURNS TABLE (period text, starts_at timestamptz, ends_at timestamptz, generation int)
  LANGUAGE sql STABLE AS $$
    VALUES
      ('day', date_trunc('day', p_now, p_time_zone),
       (date_trunc('day', p_now AT TIME ZONE p_time_zone) + interval '1 day') AT TIME ZONE p_time_zone, p_day_generation),
      ('month', date_trunc('month', p_now, p_time_zone),
       (date_trunc('month', p_now AT TIME ZONE p_time_zone) + interval '1 month') AT TIME ZONE p_time_zone, p_month_generation),
      ('lifetime', '-infinity'::timestamptz, 'infinity'::timestamptz, 0)
  $$;

  -- The time inside a UUIDv7. The ledger's partition key is a function of the request id, so that "one row per request
  -- id" is what the primary key says.
  CREATE FUNCTION gatehouse_request_time(p_request_id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_timestamp(('x' || substr(replace(p_request_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
  $$;

  CREATE FUNCTION gatehouse_lock_accounts(p_user_ids int[]) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM quota_accounts WHERE user_id = ANY (p_user_ids) ORDER BY user_id FOR UPDATE;
  END $$;
`;

/* Separate statements on purpose: after a lock wait each one sees what the others before us committed. */
const ADMIT = `
  CREATE FUNCTION gatehouse_admit(
    p_request_ids uuid[], p_user_ids int[], p_api_key_ids int[], p_endpoints text[], p_models text[], p_providers text[],
    p_prompt_reserved int[], p_prompt_counted int[], p_completion_wanted int[], p_choices int[],
    p_input_nano_usd bigint[], p_output_nano_usd bigint[], p_price_versions text[],
    p_default_per_minute int, p_lease_seconds int
  ) RETURNS TABLE (
    item int, outcome text, block_reason text, case_id uuid,
    period text, refusing_limit bigint, refusing_used bigint, refusing_resets_at timestamptz,
    completion_allowed int, tokens_held bigint, cost_held bigint,
    day_id bigint, month_id bigint, lifetime_id bigint,
    minute_limit int, minute_used int, minute_resets_ms int, hour_limit int, hour_used int, hour_resets_ms int,
    day_limit bigint, day_spent bigint, day_held bigint, day_resets_at timestamptz,
    month_limit bigint, month_spent bigint, month_held bigint, month_resets_at timestamptz,
    lifetime_limit bigint, lifetime_spent bigint, lifetime_held bigint
  ) LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1
  AS $$
  #variable_conflict use_column
  DECLARE
    c_unlimited CONSTANT bigint := 4000000000000000000;
    v_now timestamptz;
    v_user int;
    v_key int;
    v_minute_start timestamptz;
    v_hour_start timestamptz;
    v_taken_tokens bigint;
    v_taken_cost bigint;
    v_room bigint;
    v_cost_room bigint;
    v_least bigint;
    r record;
    a_items int[] := '{}';
    a_allowed int[] := '{}';
    a_tokens bigint[] := '{}';
    a_costs bigint[] := '{}';
    a_windows text[] := '{}';
    a_minute_starts timestamptz[] := '{}';
    a_minute_counts int[] := '{}';
    a_hour_starts timestamptz[] := '{}';
    a_hour_counts int[] := '{}';
  BEGIN
    PERFORM gatehouse_lock_accounts(p_user_ids);
    v_now := clock_timestamp();

    INSERT INTO quota_windows (user_id, period, starts_at, ends_at, generation)
    SELECT a.user_id, p.period, p.starts_at, p.ends_at, p.generation
      FROM quota_accounts a
     CROSS JOIN LATERAL gatehouse_periods(a.time_zone, a.day_generation, a.month_generation, v_now) p
     WHERE a.user_id = ANY (p_user_ids)
       AND NOT EXISTS (SELECT 1 FROM quota_windows w WHERE w.user_id = a.user_id AND w.period = p.period
                          AND w.starts_at = p.starts_at AND w.generation = p.generation)
     ORDER BY a.user_id, p.period
    ON CONFLICT DO NOTHING;

    -- One pass over the batch in arrival order per account: arithmetic only, so each call sees what the ones before it took.
    FOR r IN
      SELECT i.*, a.user_id AS account_id, a.requests_per_hour, a.hour_started_at, a.hour_requests,
             a.tokens_per_day, a.tokens_per_month, a.lifetime_tokens, a.cost_per_day_nano_usd, a.cost_per_month_nano_usd,
             u.is_active, u.is_blocked, u.blocked_reason, u.case_id AS user_case_id, u.deleted_at,
             k.id AS key_id, k.requests_per_minute,
             (k.is_active AND k.revoked_at IS NULL AND k.deleted_at IS NULL
                AND (k.expires_at IS NULL OR k.expires_at > v_now)) AS key_valid,
             c.minute_started_at, c.minute_requests, t.request_id AS tombstone,
             d.id AS d_id, d.spent_tokens AS d_spent, d.held_tokens AS d_held, d.ends_at AS d_ends,
             d.spent_nano_usd AS d_cost_spent, d.held_nano_usd AS d_cost_held,
             m.id AS m_id, m.spent_tokens AS m_spent, m.held_tokens AS m_held, m.ends_at AS m_ends,
             m.spent_nano_usd AS m_cost_spent, m.held_nano_usd AS m_cost_held,
             l.id AS l_id, l.spent_tokens AS l_spent, l.held_tokens AS l_held
        FROM unnest(p_request_ids, p_user_ids, p_api_key_ids, p_prompt_reserved, p_completion_wanted, p_choices,
                    p_input_nano_usd, p_output_nano_usd)
             WITH ORDINALITY AS i(request_id, user_id, api_key_id, prompt, wanted, choices, input_price, output_price, ord)
        LEFT JOIN quota_accounts a ON a.user_id = i.user_id
        LEFT JOIN users u ON u.id = i.user_id
        LEFT JOIN api_keys k ON k.user_id = i.user_id AND k.id = i.api_key_id
        LEFT JOIN rate_counters c ON c.user_id = i.user_id AND c.api_key_id = i.api_key_id
        LEFT JOIN admission_tombstones t ON t.user_id = i.user_id AND t.request_id = i.request_id
        LEFT JOIN quota_windows d ON d.user_id = i.user_id AND d.period = 'day'
              AND d.starts_at = date_trunc('day', v_now, a.time_zone) AND d.generation = a.day_generation
        LEFT JOIN quota_windows m ON m.user_id = i.user_id AND m.period = 'month'
              AND m.starts_at = date_trunc('month', v_now, a.time_zone) AND m.generation = a.month_generation
        LEFT JOIN quota_windows l ON l.user_id = i.user_id AND l.period = 'lifetime'
              AND l.starts_at = '-infinity' AND l.generation = 0
       ORDER BY i.user_id, i.api_key_id, i.ord
    LOOP
      IF v_user IS DISTINCT FROM r.user_id THEN
        v_user := r.user_id;
        v_key := NULL;
        v_taken_tokens := 0;
        v_taken_cost := 0;
        v_hour_start := CASE WHEN r.hour_started_at + interval '1 hour' > v_now THEN r.hour_started_at ELSE v_now END;
        hour_used := CASE WHEN v_hour_start = r.hour_started_at THEN r.hour_requests ELSE 0 END;
      END IF;
      IF v_key IS DISTINCT FROM r.api_key_id THEN
        v_key := r.api_key_id;
        v_minute_start := CASE WHEN r.minute_started_at + interval '1 minute' > v_now THEN r.minute_started_at ELSE v_now END;
        minute_used := CASE WHEN v_minute_start = r.minute_started_at THEN r.minute_requests ELSE 0 END;
      END IF;

      item := r.ord;
      outcome := NULL; period := NULL; block_reason := NULL; case_id := NULL;
      refusing_limit := NULL; refusing_used := NULL; refusing_resets_at := NULL;
      completion_allowed := 0; tokens_held := 0; cost_held := 0;
      day_id := r.d_id; month_id := r.m_id; lifetime_id := r.l_id;
      minute_limit := coalesce(r.requests_per_minute, p_default_per_minute);
      minute_resets_ms := extract(epoch FROM v_minute_start + interval '1 minute' - v_now) * 1000;
      hour_limit := r.requests_per_hour;
      hour_resets_ms := extract(epoch FROM v_hour_start + interval '1 hour' - v_now) * 1000;
      day_limit := r.tokens_per_day; day_spent := r.d_spent; day_held := r.d_held + v_taken_tokens;
      day_resets_at := r.d_ends;
      month_limit := r.tokens_per_month; month_spent := r.m_spent; month_held := r.m_held + v_taken_tokens;
      month_resets_at := r.m_ends;
      lifetime_limit := r.lifetime_tokens; lifetime_spent := r.l_spent; lifetime_held := r.l_held + v_taken_tokens;

      IF r.account_id IS NULL OR r.deleted_at IS NOT NULL THEN outcome := 'account_missing';
      ELSIF r.tombstone IS NOT NULL THEN outcome := 'voided';
      ELSIF NOT r.is_active THEN outcome := 'account_inactive';
      ELSIF r.is_blocked THEN outcome := 'account_blocked'; block_reason := r.blocked_reason; case_id := r.user_case_id;
      ELSIF r.api_key_id <> 0 AND r.key_valid IS NOT TRUE THEN outcome := 'key_revoked';
      ELSIF minute_used >= minute_limit THEN outcome := 'requests_per_minute';
      ELSIF hour_used >= hour_limit THEN outcome := 'requests_per_hour';
      END IF;

      IF outcome IS NULL THEN
        -- Spent: would not fit even if every hold were released. Clamping looks at this room only, never at others' holds.
        v_room := least(coalesce(day_limit, c_unlimited) - day_spent, coalesce(month_limit, c_unlimited) - month_spent,
                        coalesce(lifetime_limit, c_unlimited) - lifetime_spent);
        v_least := r.prompt + least(r.wanted, 1) * r.choices;
        IF v_least > v_room THEN
          outcome := 'tokens_spent';
          period := CASE v_room WHEN coalesce(lifetime_limit, c_unlimited) - lifetime_spent THEN 'lifetime'
                                WHEN coalesce(month_limit, c_unlimited) - month_spent THEN 'month' ELSE 'day' END;
        ELSE
          completion_allowed := least(r.wanted, (v_room - r.prompt) / r.choices);
        END IF;
      END IF;

      IF outcome IS NULL AND (r.cost_per_day_nano_usd IS NOT NULL OR r.cost_per_month_nano_usd IS NOT NULL) THEN
        v_cost_room := least(coalesce(r.cost_per_day_nano_usd, c_unlimited) - r.d_cost_spent,
                             coalesce(r.cost_per_month_nano_usd, c_unlimited) - r.m_cost_spent);
        IF r.input_price IS NULL THEN
          outcome := 'no_price';
        ELSIF r.prompt * r.input_price + least(r.wanted, 1) * r.choices * r.output_price > v_cost_room THEN
          outcome := 'cost_spent';
          period := CASE v_cost_room WHEN coalesce(r.cost_per_month_nano_usd, c_unlimited) - r.m_cost_spent
                                     THEN 'month' ELSE 'day' END;
        ELSIF r.output_price > 0 THEN
          completion_allowed := least(completion_allowed,
            (v_cost_room - r.prompt * r.input_price) / (r.choices * r.output_price));
        END IF;
      END IF;

      IF outcome IS NULL THEN
        tokens_held := r.prompt + completion_allowed::bigint * r.choices;
        cost_held := coalesce(r.prompt * r.input_price + completion_allowed::bigint * r.choices * r.output_price, 0);
        IF day_spent + day_held + tokens_held > day_limit THEN outcome := 'tokens_held'; period := 'day';
        ELSIF month_spent + month_held + tokens_held > month_limit THEN outcome := 'tokens_held'; period := 'month';
        ELSIF lifetime_spent + lifetime_held + tokens_held > lifetime_limit THEN outcome := 'tokens_held'; period := 'lifetime';
        ELSIF r.d_cost_spent + r.d_cost_held + v_taken_cost + cost_held > r.cost_per_day_nano_usd THEN
          outcome := 'cost_held'; period := 'day';
        ELSIF r.m_cost_spent + r.m_cost_held + v_taken_cost + cost_held > r.cost_per_month_nano_usd THEN
          outcome := 'cost_held'; period := 'month';
        END IF;
      END IF;

      IF outcome IS NULL THEN
        outcome := 'admitted';
        v_taken_tokens := v_taken_tokens + tokens_held;
        v_taken_cost := v_taken_cost + cost_held;
        minute_used := minute_used + 1;
        hour_used := hour_used + 1;
        day_held := day_held + tokens_held;
        month_held := month_held + tokens_held;
        lifetime_held := lifetime_held + tokens_held;
        a_items := a_items || item;
        a_allowed := a_allowed || completion_allowed;
        a_tokens := a_tokens || tokens_held;
        a_costs := a_costs || cost_held;
        a_windows := a_windows || format('{%s,%s,%s}', day_id, month_id, lifetime_id);
        a_minute_starts := a_minute_starts || v_minute_start;
        a_minute_counts := a_minute_counts || minute_used;
        a_hour_starts := a_hour_starts || v_hour_start;
        a_hour_counts := a_hour_counts || hour_used;
      ELSE
        tokens_held := 0; cost_held := 0; completion_allowed := 0;
        IF outcome IN ('tokens_spent', 'tokens_held') THEN
          refusing_limit := CASE period WHEN 'day' THEN day_limit WHEN 'month' THEN month_limit ELSE lifetime_limit END;
          refusing_used := CASE period WHEN 'day' THEN day_spent WHEN 'month' THEN month_spent ELSE lifetime_spent END;
        ELSIF outcome IN ('cost_spent', 'cost_held') THEN
          refusing_limit := CASE period WHEN 'day' THEN r.cost_per_day_nano_usd ELSE r.cost_per_month_nano_usd END;
          refusing_used := CASE period WHEN 'day' THEN r.d_cost_spent ELSE r.m_cost_spent END;
        END IF;
        refusing_resets_at := CASE period WHEN 'day' THEN day_resets_at WHEN 'month' THEN month_resets_at END;
      END IF;
      RETURN NEXT;
    END LOOP;

    IF cardinality(a_items) = 0 THEN RETURN; END IF;

    INSERT INTO holds (user_id, request_id, api_key_id, endpoint, model, provider, prompt_tokens_reserved,
      prompt_tokens_counted, tokens_held, cost_held_nano_usd, input_nano_usd_per_token, output_nano_usd_per_token,
      price_version, window_ids, held_at, expires_at)
    SELECT p_user_ids[g.i], p_request_ids[g.i], p_api_key_ids[g.i], p_endpoints[g.i], p_models[g.i], p_providers[g.i],
           p_prompt_reserved[g.i], p_prompt_counted[g.i], g.tokens, g.cost, p_input_nano_usd[g.i], p_output_nano_usd[g.i],
           p_price_versions[g.i], g.windows::bigint[], v_now, v_now + make_interval(secs => p_lease_seconds)
      FROM unnest(a_items, a_tokens, a_costs, a_windows) AS g(i, tokens, cost, windows);

    UPDATE quota_windows w
       SET held_tokens = w.held_tokens + t.tokens, held_nano_usd = w.held_nano_usd + t.cost, requests = w.requests + t.requests
      FROM (SELECT p_user_ids[g.i] AS user_id, x.window_id, sum(g.tokens)::bigint AS tokens, sum(g.cost)::bigint AS cost,
                   count(*) AS requests
              FROM unnest(a_items, a_tokens, a_costs, a_windows) AS g(i, tokens, cost, windows)
             CROSS JOIN LATERAL unnest(g.windows::bigint[]) AS x(window_id)
             GROUP BY 1, 2) t
     WHERE w.user_id = t.user_id AND w.id = t.window_id;

    INSERT INTO rate_counters (user_id, api_key_id, minute_started_at, minute_requests)
    SELECT p_user_ids[g.i], p_api_key_ids[g.i], max(g.started), max(g.requests)
      FROM unnest(a_items, a_minute_starts, a_minute_counts) AS g(i, started, requests)
     GROUP BY 1, 2
    ON CONFLICT (user_id, api_key_id) DO UPDATE
       SET minute_started_at = excluded.minute_started_at, minute_requests = excluded.minute_requests;

    UPDATE quota_accounts a SET hour_started_at = t.started, hour_requests = t.requests
      FROM (SELECT p_user_ids[g.i] AS user_id, max(g.started) AS started, max(g.requests) AS requests
              FROM unnest(a_items, a_hour_starts, a_hour_counts) AS g(i, started, requests) GROUP BY 1) t
     WHERE a.user_id = t.user_id AND a.requests_per_hour IS NOT NULL;
  END $$;
`;
