import type { MigrationInterface, QueryRunner } from 'typeorm';
import { LIMITED_SUBJECTS_WITH_BUDGETS } from './1700000000510-key-budgets.js';
import { PERIODS } from './1700000000105-limited-subjects.js';

/**
 * Periods are named by dates: a day by its date, a month by its first, each from that midnight in the account's time zone to
 * the next. So another time zone can neither repeat a period nor leave one out. See docs/adr/0053.
 */
export class AccountCalendars1700000000730 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(KEPT_PERIODS);
    await db.query(MIDNIGHT);
    await db.query(CALENDAR);
    await db.query(`DROP FUNCTION gatehouse_limited_subjects(int[], int[], int[])`);
    await db.query(CREATE_SUBJECTS);
    await db.query(askingFor(OLD_CALL, NEW_CALL));
    await db.query(`DROP FUNCTION gatehouse_periods(text, int, int, timestamptz)`);
    await db.query(CHANGE);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_change_time_zone(int, text);
      DROP FUNCTION gatehouse_keep_period(interval, gatehouse_kept_period, text, text, timestamptz);
    `);
    await db.query(PERIODS);
    await db.query(`DROP FUNCTION gatehouse_limited_subjects(int[], int[], int[])`);
    await db.query(LIMITED_SUBJECTS_WITH_BUDGETS);
    await db.query(askingFor(NEW_CALL, OLD_CALL));
    await db.query(`
      DROP FUNCTION gatehouse_periods(text, gatehouse_kept_period, gatehouse_kept_period, int, int, timestamptz);
      DROP FUNCTION gatehouse_midnight(date, text);
      ALTER TABLE quota_accounts DROP COLUMN kept_day, DROP COLUMN kept_month;
      DROP TYPE gatehouse_kept_period;
    `);
  }
}

const KEPT_PERIODS = `
  CREATE TYPE gatehouse_kept_period AS (named date, starts_at timestamptz, due_at timestamptz, ends_at timestamptz);
  ALTER TABLE quota_accounts ADD COLUMN kept_day gatehouse_kept_period, ADD COLUMN kept_month gatehouse_kept_period;
  COMMENT ON COLUMN quota_accounts.kept_day IS
    'The day in which the time zone was changed last. It goes on until ends_at; from then on time_zone counts. Past: of no effect.';
  COMMENT ON COLUMN quota_accounts.kept_month IS 'The same for the month';
`;

/*
 * Where clocks go back to midnight, the date begins when midnight comes for the first time; Postgres reads such a time as
 * the second one. Where midnight is skipped, Postgres's answer is the moment of the skip, as it should be.
 */
const MIDNIGHT = `
  -- When a date begins in a time zone.
  CREATE FUNCTION gatehouse_midnight(p_date date, p_time_zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE
      WHEN ((p_date::timestamp AT TIME ZONE p_time_zone) - interval '1 hour') AT TIME ZONE p_time_zone = p_date::timestamp
      THEN (p_date::timestamp AT TIME ZONE p_time_zone) - interval '1 hour'
      ELSE p_date::timestamp AT TIME ZONE p_time_zone END
  $$;
`;

const CALENDAR = `
  -- The current windows of an account, by the database's clock.
  CREATE FUNCTION gatehouse_periods(p_time_zone text, p_kept_day gatehouse_kept_period, p_kept_month gatehouse_kept_period,
    p_day_generation int, p_month_generation int, p_now timestamptz)
  RETURNS TABLE (period smallint, starts_at timestamptz, ends_at timestamptz, generation int)
  LANGUAGE sql STABLE AS $$
    VALUES
      (1::smallint,
       CASE WHEN p_now < (p_kept_day).ends_at THEN (p_kept_day).starts_at
            ELSE greatest(gatehouse_midnight((p_now AT TIME ZONE p_time_zone)::date, p_time_zone), (p_kept_day).ends_at) END,
       CASE WHEN p_now < (p_kept_day).ends_at THEN (p_kept_day).ends_at
            ELSE gatehouse_midnight((p_now AT TIME ZONE p_time_zone)::date + 1, p_time_zone) END,
       p_day_generation),
      (2::smallint,
       CASE WHEN p_now < (p_kept_month).ends_at THEN (p_kept_month).starts_at
            ELSE greatest(gatehouse_midnight(date_trunc('month', p_now AT TIME ZONE p_time_zone)::date, p_time_zone),
                          (p_kept_month).ends_at) END,
       CASE WHEN p_now < (p_kept_month).ends_at THEN (p_kept_month).ends_at
            ELSE gatehouse_midnight((date_trunc('month', p_now AT TIME ZONE p_time_zone) + interval '1 month')::date,
                                    p_time_zone) END,
       p_month_generation),
      (3::smallint, '-infinity'::timestamptz, 'infinity'::timestamptz, 0)
  $$;
`;

export const CREATE_SUBJECTS = `
  -- Whatever limits the calls of a batch: the installation, their accounts, and the keys and tasks that have limits.
  CREATE OR REPLACE FUNCTION gatehouse_limited_subjects(p_user_ids int[], p_api_key_ids int[], p_task_ids int[])
  RETURNS TABLE (user_id int, subject smallint, subject_id int, time_zone text, kept_day gatehouse_kept_period,
    kept_month gatehouse_kept_period, day_generation int, month_generation int,
    day_tokens bigint, month_tokens bigint, lifetime_tokens bigint, day_cost bigint, month_cost bigint, lifetime_cost bigint)
  LANGUAGE sql STABLE AS $$
    SELECT 0, 0::smallint, 0, 'UTC', NULL::gatehouse_kept_period, NULL::gatehouse_kept_period, 0, 0, NULL::bigint,
           NULL::bigint, NULL::bigint, n.cost_per_day_nano_usd, NULL::bigint, NULL::bigint
      FROM installation n WHERE n.id = 1 AND n.cost_per_day_nano_usd IS NOT NULL
    UNION ALL
    SELECT a.user_id, 1::smallint, 0, a.time_zone, a.kept_day, a.kept_month, a.day_generation, a.month_generation,
           a.tokens_per_day, a.tokens_per_month, a.lifetime_tokens, a.cost_per_day_nano_usd, a.cost_per_month_nano_usd, NULL
      FROM quota_accounts a WHERE a.user_id = ANY (p_user_ids)
    UNION ALL
    SELECT s.user_id, s.subject, s.subject_id, a.time_zone, a.kept_day, a.kept_month, a.day_generation, a.month_generation,
           q.tokens_per_day, q.tokens_per_month, least(q.lifetime_tokens, k.token_budget), q.cost_per_day_nano_usd,
           q.cost_per_month_nano_usd, least(q.lifetime_cost_nano_usd, k.cost_budget_nano_usd)
      FROM (SELECT DISTINCT i.user_id, s.subject, s.subject_id
              FROM unnest(p_user_ids, p_api_key_ids, p_task_ids) AS i(user_id, api_key_id, task_id)
             CROSS JOIN LATERAL (VALUES (2::smallint, i.api_key_id), (3::smallint, i.task_id)) AS s(subject, subject_id)
             WHERE s.subject_id <> 0) s
      JOIN quota_accounts a USING (user_id)
      LEFT JOIN quota_limits q USING (user_id, subject, subject_id)
      LEFT JOIN api_keys k ON s.subject = 2 AND k.user_id = s.user_id AND k.id = s.subject_id
     WHERE q.user_id IS NOT NULL OR k.token_budget IS NOT NULL OR k.cost_budget_nano_usd IS NOT NULL
  $$;
`;

const OLD_CALL = 'gatehouse_periods(s.time_zone, s.day_generation,';
const NEW_CALL = 'gatehouse_periods(s.time_zone, s.kept_day, s.kept_month, s.day_generation,';

/** Admission asks for the windows in two places; the rest of it stays as it is, whichever migration wrote it last. */
function askingFor(before: string, after: string): string {
  return `
    DO $migration$
    DECLARE
      v_admit text := pg_get_functiondef('gatehouse_admit'::regproc);
    BEGIN
      IF strpos(v_admit, '${before}') = 0 THEN RAISE EXCEPTION 'gatehouse_admit does not ask for its windows as expected'; END IF;
      EXECUTE replace(v_admit, '${before}', '${after}');
    END $migration$;
  `;
}

/*
 * The period that runs goes on: to its own end, and past it where the next date has not begun in the new time zone.
 * Windows of it that exist already are told their new end, so that they are closed and shown with it.
 */
const CHANGE = `
  CREATE FUNCTION gatehouse_keep_period(p_unit interval, p_kept gatehouse_kept_period, p_old_zone text, p_new_zone text,
    p_now timestamptz) RETURNS gatehouse_kept_period LANGUAGE plpgsql STABLE AS $$
  DECLARE
    v gatehouse_kept_period := p_kept;
  BEGIN
    IF (p_now < p_kept.ends_at) IS NOT TRUE THEN
      v.named := date_trunc(CASE p_unit WHEN interval '1 day' THEN 'day' ELSE 'month' END, p_now AT TIME ZONE p_old_zone)::date;
      v.starts_at := greatest(gatehouse_midnight(v.named, p_old_zone), p_kept.ends_at);
      v.due_at := gatehouse_midnight((v.named + p_unit)::date, p_old_zone);
    END IF;
    v.ends_at := greatest(v.due_at, gatehouse_midnight((v.named + p_unit)::date, p_new_zone), p_now);
    RETURN v;
  END $$;

  -- Answers when the new time zone begins to count, for days and for months. NULL: there is no such account.
  CREATE FUNCTION gatehouse_change_time_zone(p_user_id int, p_time_zone text, OUT day_from timestamptz, OUT month_from timestamptz)
  LANGUAGE plpgsql AS $$
  DECLARE
    a quota_accounts;
    v_now timestamptz;
  BEGIN
    PERFORM gatehouse_lock_accounts(ARRAY[p_user_id]);
    SELECT * INTO a FROM quota_accounts WHERE user_id = p_user_id;
    IF NOT FOUND THEN RETURN; END IF;
    IF a.time_zone <> p_time_zone THEN
      v_now := clock_timestamp();
      a.kept_day := gatehouse_keep_period(interval '1 day', a.kept_day, a.time_zone, p_time_zone, v_now);
      a.kept_month := gatehouse_keep_period(interval '1 month', a.kept_month, a.time_zone, p_time_zone, v_now);
      UPDATE quota_accounts
         SET time_zone = p_time_zone, kept_day = a.kept_day, kept_month = a.kept_month, updated_at = now()
       WHERE user_id = p_user_id;
      UPDATE quota_windows w SET ends_at = CASE w.period WHEN 1 THEN (a.kept_day).ends_at ELSE (a.kept_month).ends_at END
       WHERE w.user_id = p_user_id
         AND (w.period = 1 AND w.starts_at = (a.kept_day).starts_at OR w.period = 2 AND w.starts_at = (a.kept_month).starts_at);
    END IF;
    day_from := (a.kept_day).ends_at;
    month_from := (a.kept_month).ends_at;
  END $$;
`;
