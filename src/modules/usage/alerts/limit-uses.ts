import type { EntityManager } from 'typeorm';
import { COST_LIMIT, IS_CURRENT_WINDOW, LIMITED_SUBJECTS_NOW, TOKEN_LIMIT } from '../limits/current-windows.js';
import type { LimitUse } from './limit-alert.js';

type Row = Omit<LimitUse, 'windowId' | 'used' | 'limit'> & Record<'windowId' | 'used' | 'limit', string>;

const USES = `
  SELECT w.user_id AS "userId", w.subject, w.subject_id AS "subjectId", w.period, w.id AS "windowId",
         CASE WHEN w.period < 3 THEN w.ends_at END AS "resetsAt", m.measure, m.used, m.most AS "limit"
    FROM ${LIMITED_SUBJECTS_NOW}
    JOIN quota_windows w ON ${IS_CURRENT_WINDOW}
   CROSS JOIN LATERAL (VALUES ('tokens', w.spent_tokens, ${TOKEN_LIMIT}), ('cost', w.spent_nano_usd, ${COST_LIMIT}))
         AS m(measure, used, most)
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
