import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What admission, settlement and resets share: the locks, the calendar of an account, and the time in a request id.
 *
 * The account row is the lock of everything below it: whoever changes an account's windows, counters or holds takes it
 * first, and a batch takes its accounts in ascending order, so two batches never wait for each other in a circle. The
 * installation's row comes after them, and is taken only while the installation has a cap.
 *
 * Periods are named by dates: a day by its date, a month by its first, each from that midnight in the account's time zone to
 * the next. So another time zone can neither repeat a period nor leave one out. See docs/adr/0053.
 */
export class CalendarAndLocks1700000000105 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(REQUESTS_AND_LOCKS);
    await db.query(MIDNIGHT);
    await db.query(PERIODS);
    await db.query(CHANGE_OF_TIME_ZONE);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_change_time_zone(int, text);
      DROP FUNCTION gatehouse_keep_period(interval, gatehouse_kept_period, text, text, timestamptz);
      DROP FUNCTION gatehouse_periods(text, gatehouse_kept_period, gatehouse_kept_period, int, int, timestamptz);
      DROP FUNCTION gatehouse_midnight(date, text);
      DROP FUNCTION gatehouse_lock_accounts(int[]);
      DROP FUNCTION gatehouse_request_time(uuid);
    `);
  }
}

const REQUESTS_AND_LOCKS = `
  -- The time inside a UUIDv7. The ledger's partition key is a function of the request id, so that "one row per request
  -- id" is what the primary key says.
  CREATE FUNCTION gatehouse_request_time(p_request_id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_timestamp(('x' || substr(replace(p_request_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
  $$;

  CREATE FUNCTION gatehouse_lock_accounts(p_user_ids int[]) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM quota_accounts WHERE user_id = ANY (p_user_ids) ORDER BY user_id FOR UPDATE;
    PERFORM 1 FROM installation WHERE cost_per_day_nano_usd IS NOT NULL FOR UPDATE;
  END $$;
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

const PERIODS = `
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

/*
 * The period that runs goes on: to its own end, and past it where the next date has not begun in the new time zone.
 * Windows of it that exist already are told their new end, so that they are closed and shown with it.
 */
const CHANGE_OF_TIME_ZONE = `
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
