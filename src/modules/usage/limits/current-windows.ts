/**
 * What limits the calls of the accounts in `$1`, in its current periods, as admission finds it: rows s with the limits
 * (`day_tokens` to `lifetime_cost`), p with the period. Windows that nobody has used yet do not exist.
 */
export const LIMITED_SUBJECTS_NOW = `
  (SELECT coalesce(array_agg(user_id), '{}') AS users, coalesce(array_agg(api_key_id), '{}') AS keys,
          coalesce(array_agg(task_id), '{}') AS tasks
     FROM (SELECT id AS user_id, 0 AS api_key_id, 0 AS task_id FROM unnest($1::int[]) AS u(id)
           UNION ALL
           SELECT user_id, CASE subject WHEN 2 THEN subject_id ELSE 0 END, CASE subject WHEN 3 THEN subject_id ELSE 0 END
             FROM quota_limits WHERE user_id = ANY ($1)
           UNION ALL
           SELECT user_id, id, 0 FROM api_keys
            WHERE user_id = ANY ($1) AND (token_budget IS NOT NULL OR cost_budget_nano_usd IS NOT NULL)) limited) a
  CROSS JOIN LATERAL gatehouse_limited_subjects(a.users, a.keys, a.tasks) s
  CROSS JOIN LATERAL gatehouse_periods(s.time_zone, s.kept_day, s.kept_month, s.day_generation, s.month_generation,
                      now()) p`;

/** Whether a window w is the current one of s and p. */
export const IS_CURRENT_WINDOW = `
  w.user_id = s.user_id AND w.subject = s.subject AND w.subject_id = s.subject_id AND w.period = p.period
  AND w.starts_at = p.starts_at AND w.generation = p.generation`;

export const TOKEN_LIMIT = `
  CASE p.period WHEN 1 THEN s.day_tokens WHEN 2 THEN s.month_tokens ELSE s.lifetime_tokens END`;
export const COST_LIMIT = `CASE p.period WHEN 1 THEN s.day_cost WHEN 2 THEN s.month_cost ELSE s.lifetime_cost END`;
