import type { EntityManager } from 'typeorm';
import { COST_LIMIT, IS_CURRENT_WINDOW, LIMITED_SUBJECTS_NOW, TOKEN_LIMIT } from '../limits/current-windows.js';
import type { LimitUse } from './limit-alert.js';
import type { RefusedLimit } from './refused-limit.js';

type Row = Omit<LimitUse, 'windowId' | 'used' | 'limit'> & Record<'windowId' | 'used' | 'limit', string>;

const REFUSALS = `
  jsonb_to_recordset($2::jsonb) AS r("userId" int, subject smallint, "subjectId" int, period smallint, measure text,
    "limit" bigint, used bigint, "refusedAt" timestamptz)`;

/*
 * A window that refused and has ended since, by its limit as it was then. After a reset the latest window counts, as it does
 * while a period runs: of the earlier one somebody knew.
 */
const ENDED_USES = `
  SELECT DISTINCT ON (w.user_id, w.id, m.measure)
         w.user_id AS "userId", w.subject, w.subject_id AS "subjectId", w.period, w.id AS "windowId", w.ends_at AS "resetsAt",
         m.measure, m.used, r."limit", true AS "isRefusing"
    FROM ${REFUSALS}
    JOIN quota_windows w ON w.user_id = r."userId" AND w.subject = r.subject AND w.subject_id = r."subjectId"
     AND w.period = r.period AND w.starts_at <= r."refusedAt" AND w.ends_at > r."refusedAt" AND w.ends_at <= now()
   CROSS JOIN LATERAL (VALUES ('tokens', w.spent_tokens), ('cost', w.spent_nano_usd)) AS m(measure, used)
   WHERE m.measure = r.measure AND r.used <= m.used AND m.used > 0 AND m.used * 2 >= r."limit"
     AND NOT EXISTS (SELECT 1 FROM quota_windows later
                      WHERE (later.user_id, later.subject, later.subject_id, later.period, later.starts_at)
                            = (w.user_id, w.subject, w.subject_id, w.period, w.starts_at) AND later.generation > w.generation)
   ORDER BY w.user_id, w.id, m.measure, r."refusedAt" DESC`;

const USES = `
  SELECT w.user_id AS "userId", w.subject, w.subject_id AS "subjectId", w.period, w.id AS "windowId",
         CASE WHEN w.period < 3 THEN w.ends_at END AS "resetsAt", m.measure, m.used, m.most AS "limit",
         EXISTS (SELECT 1 FROM ${REFUSALS}
                  WHERE r."userId" = w.user_id AND r.subject = w.subject AND r."subjectId" = w.subject_id AND r.period = w.period
                    AND r.measure = m.measure AND r."limit" >= m.most AND r.used <= m.used
                    AND r."refusedAt" >= w.starts_at) AS "isRefusing"
    FROM ${LIMITED_SUBJECTS_NOW}
    JOIN quota_windows w ON ${IS_CURRENT_WINDOW}
   CROSS JOIN LATERAL (VALUES ('tokens', w.spent_tokens, ${TOKEN_LIMIT}), ('cost', w.spent_nano_usd, ${COST_LIMIT}))
         AS m(measure, used, most)
   WHERE m.used > 0 AND m.used * 2 >= m.most
   UNION ALL (${ENDED_USES})`;

/**
 * The limits of these accounts, and of the installation, of which half or more is used; with what refused calls lately, in a
 * window that has ended since as well.
 */
export async function limitUses(
  manager: EntityManager,
  userIds: readonly number[],
  refusals: readonly RefusedLimit[],
): Promise<LimitUse[]> {
  const rows = await manager.query<Row[]>(USES, [userIds, JSON.stringify(refusals)]);
  return rows.map((row) => ({
    ...row,
    windowId: Number(row.windowId),
    used: Number(row.used),
    limit: Number(row.limit),
  }));
}
