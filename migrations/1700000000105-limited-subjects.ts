import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What admission and settlement share: the locks, the calendar, and which limits a call is under.
 *
 * The account row is the lock of everything below it: whoever changes an account's windows, counters or holds takes it
 * first, and a batch takes its accounts in ascending order, so two batches never wait for each other in a circle. The
 * installation's row comes after them, and is taken only while the installation has a cap.
 */
export class LimitedSubjects1700000000105 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(HELPERS);
    await db.query(LIMITED_SUBJECTS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_limited_subjects(int[], int[], int[]);
      DROP FUNCTION gatehouse_lock_accounts(int[]);
      DROP FUNCTION gatehouse_request_time(uuid);
      DROP FUNCTION gatehouse_periods(text, int, int, timestamptz);
    `);
  }
}

const HELPERS = `
  -- The current windows of an account: calendar periods in its time zone, by the database's clock.
  CREATE FUNCTION gatehouse_periods(p_time_zone text, p_day_generation int, p_month_generation int, p_now timestamptz)
  RETURNS TABLE (period smallint, starts_at timestamptz, ends_at timestamptz, generation int)
  LANGUAGE sql STABLE AS $$
    VALUES
      (1::smallint, date_trunc('day', p_now, p_time_zone),
       (date_trunc('day', p_now AT TIME ZONE p_time_zone) + interval '1 day') AT TIME ZONE p_time_zone, p_day_generation),
      (2::smallint, date_trunc('month', p_now, p_time_zone),
       (date_trunc('month', p_now AT TIME ZONE p_time_zone) + interval '1 month') AT TIME ZONE p_time_zone, p_month_generation),
      (3::smallint, '-infinity'::timestamptz, 'infinity'::timestamptz, 0)
  $$;

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

export const LIMITED_SUBJECTS = `
  -- Whatever limits the calls of a batch: the installation, their accounts, and the keys and tasks that have limits.
  CREATE OR REPLACE FUNCTION gatehouse_limited_subjects(p_user_ids int[], p_api_key_ids int[], p_task_ids int[])
  RETURNS TABLE (user_id int, subject smallint, subject_id int, time_zone text, day_generation int, month_generation int,
    day_tokens bigint, month_tokens bigint, lifetime_tokens bigint, day_cost bigint, month_cost bigint, lifetime_cost bigint)
  LANGUAGE sql STABLE AS $$
    SELECT 0, 0::smallint, 0, 'UTC', 0, 0, NULL::bigint, NULL::bigint, NULL::bigint, n.cost_per_day_nano_usd,
           NULL::bigint, NULL::bigint
      FROM installation n WHERE n.id = 1 AND n.cost_per_day_nano_usd IS NOT NULL
    UNION ALL
    SELECT a.user_id, 1::smallint, 0, a.time_zone, a.day_generation, a.month_generation, a.tokens_per_day,
           a.tokens_per_month, a.lifetime_tokens, a.cost_per_day_nano_usd, a.cost_per_month_nano_usd, NULL
      FROM quota_accounts a WHERE a.user_id = ANY (p_user_ids)
    UNION ALL
    SELECT q.user_id, q.subject, q.subject_id, a.time_zone, a.day_generation, a.month_generation, q.tokens_per_day,
           q.tokens_per_month, q.lifetime_tokens, q.cost_per_day_nano_usd, q.cost_per_month_nano_usd, q.lifetime_cost_nano_usd
      FROM (SELECT DISTINCT i.user_id, s.subject, s.subject_id
              FROM unnest(p_user_ids, p_api_key_ids, p_task_ids) AS i(user_id, api_key_id, task_id)
             CROSS JOIN LATERAL (VALUES (2::smallint, i.api_key_id), (3::smallint, i.task_id)) AS s(subject, subject_id)
             WHERE s.subject_id <> 0) s
      JOIN quota_limits q USING (user_id, subject, subject_id)
      JOIN quota_accounts a USING (user_id)
  $$;
`;
