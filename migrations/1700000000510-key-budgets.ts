import type { MigrationInterface, QueryRunner } from 'typeorm';
import { LIMITED_SUBJECTS } from './1700000000105-limited-subjects.js';

/** A key's own budgets are limits of the key for life, beside those that an administrator set. The lower one counts. */
export class KeyBudgets1700000000510 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(WITH_BUDGETS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(LIMITED_SUBJECTS);
  }
}

const WITH_BUDGETS = `
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
    SELECT s.user_id, s.subject, s.subject_id, a.time_zone, a.day_generation, a.month_generation, q.tokens_per_day,
           q.tokens_per_month, least(q.lifetime_tokens, k.token_budget), q.cost_per_day_nano_usd, q.cost_per_month_nano_usd,
           least(q.lifetime_cost_nano_usd, k.cost_budget_nano_usd)
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
