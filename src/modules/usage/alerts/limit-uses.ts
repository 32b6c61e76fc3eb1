import type { EntityManager } from 'typeorm';
import type { LimitUse } from './limit-alert.js';

type Row = Omit<LimitUse, 'windowId' | 'used' | 'limit'> & Record<'windowId' | 'used' | 'limit', string>;

/* As admission finds them: the current windows of everything that limits calls of these accounts. */
const USES = `
  WITH limited AS (
    SELECT id AS user_id, 0 AS api_key_id, 0 AS task_id FROM unnest($1::int[]) AS u(id)
    UNION ALL
    SELECT user_id, CASE subject WHEN 2 THEN subject_id ELSE 0 END, CASE subject WHEN 3 THEN subject_id ELSE 0 END
      FROM quota_limits WHERE user_id = ANY ($1)
    UNION ALL
    SELECT user_id, id, 0 FROM api_keys
     WHERE user_id = ANY ($1) AND (token_budget IS NOT NULL OR cost_budget_nano_usd IS NOT NULL)
  ), arguments AS (
    SELECT coalesce(array_agg(user_id), '{}') AS users, coalesce(array_agg(api_key_id), '{}') AS keys,
           coalesce(array_agg(task_id), '{}') AS tasks FROM limited
  )
  SELECT w.user_id AS "userId", w.subject, w.subject_id AS "subjectId", w.period, w.id AS "windowId",
         CASE WHEN w.period < 3 THEN w.ends_at END AS "resetsAt", m.measure, m.used, m.most AS "limit"
    FROM arguments a
   CROSS JOIN LATERAL gatehouse_limited_subjects(a.users, a.keys, a.tasks) s
   CROSS JOIN LATERAL gatehouse_periods(s.time_zone, s.kept_day, s.kept_month, s.day_generation, s.month_generation, now()) p
    JOIN quota_windows w ON w.user_id = s.user_id AND w.subject = s.subject AND w.subject_id = s.subject_id
         AND w.period = p.period AND w.starts_at = p.starts_at AND w.generation = p.generation
   CROSS JOIN LATERAL (VALUES
     ('tokens', w.spent_tokens, CASE w.period WHEN 1 THEN s.day_tokens WHEN 2 THEN s.month_tokens ELSE s.lifetime_tokens END),
     ('cost', w.spent_nano_usd, CASE w.period WHEN 1 THEN s.day_cost WHEN 2 THEN s.month_cost ELSE s.lifetime_cost END)
   ) AS m(measure, used, most)
   WHERE m.used > 0 AND m.used * 2 >= m.most`;

/** The limits of these accounts, and of the installation, of which half or more is used. */
export async function limitUses(manager: EntityManager, userIds: readonly number[]): Promise<LimitUse[]> {
  const rows = await manager.query<Row[]>(USES, [userIds]);
  return rows.map((row) => ({
    ...row,
    windowId: Number(row.windowId),
    used: Number(row.used),
    limit: Number(row.limit),
  }));
}
