import type { QueryRunner } from 'typeorm';
import { differences, listed, MOST_LISTED } from './discrepancy.js';
import type { Discrepancy } from './discrepancy.js';

interface WindowRow {
  total: string;
  user_id: number;
  id: string;
  /** Null when there is no such window. */
  subject: number | null;
  subject_id: number;
  period: number;
  starts_at: string;
  found: string[] | null;
  expected: string[] | null;
}

const PERIODS = ['day', 'month', 'lifetime'];
const NOTHING = ['0', '0', '0', '0', '0'];
const SUBJECTS = ['installation', 'account', 'key', 'task'];

/**
 * What calls, corrections, holds, retired calls, and those from before the window's limit have put into each window. A
 * negative id is the installation's.
 */
const TOLD = `
  SELECT CASE WHEN x.id < 0 THEN 0 ELSE e.user_id END AS user_id, abs(x.id) AS id,
         ARRAY[sum(e.requests), sum(e.tokens), sum(e.cost), sum(e.held), sum(e.held_cost)]::text[] AS expected
    FROM (SELECT user_id, window_ids, 1 AS requests, total_tokens::bigint AS tokens, cost_nano_usd AS cost,
                 0::bigint AS held, 0::bigint AS held_cost FROM ledger
          UNION ALL
          SELECT user_id, window_ids, 0, prompt_tokens + completion_tokens, cost_nano_usd, 0, 0 FROM ledger_corrections
          UNION ALL
          SELECT user_id, window_ids, 1, 0, 0, tokens_held, cost_held_nano_usd FROM holds
          UNION ALL
          SELECT user_id, ARRAY[window_id], requests, tokens, cost_nano_usd, 0, 0 FROM ledger_openings
          UNION ALL
          SELECT user_id, ARRAY[window_id], requests, tokens, cost_nano_usd, 0, 0 FROM window_openings) e
   CROSS JOIN LATERAL unnest(e.window_ids) AS x(id)
   GROUP BY 1, 2`;

const WINDOWS = `
  SELECT count(*) OVER () AS total, user_id, id, w.subject, w.subject_id, w.period, w.starts_at, w.found, t.expected
    FROM (SELECT user_id, id, ends_at, subject, subject_id, period, starts_at::text,
                 ARRAY[requests, spent_tokens, spent_nano_usd, held_tokens, held_nano_usd]::text[] AS found
            FROM quota_windows) w
    FULL JOIN (${TOLD}) t USING (user_id, id)
   WHERE coalesce(w.found, '{0,0,0,0,0}') <> coalesce(t.expected, '{0,0,0,0,0}')
     AND coalesce(w.ends_at > $1, true)
   ORDER BY user_id, id LIMIT ${MOST_LISTED}`;

/** Counters of the windows against the entries. Windows that ended before `horizon` have lost entries to retention. */
export async function checkWindows(db: QueryRunner, horizon: Date): Promise<Discrepancy[]> {
  const rows = await (db.query(WINDOWS, [horizon]) as Promise<WindowRow[]>);
  return listed('windows', Number(rows[0]?.total ?? 0), rows.map(describe));
}

function describe({ user_id, id, found, expected, ...window }: WindowRow): string {
  const [a, b] = [found ?? NOTHING, expected ?? NOTHING];
  const wrong = differences({
    requests: [a[0], b[0]],
    'tokens spent': [a[1], b[1]],
    'nano-dollars spent': [a[2], b[2]],
    'tokens held': [a[3], b[3]],
    'nano-dollars held': [a[4], b[4]],
  });
  return `window ${id} of account ${user_id} (${named(window)}): ${wrong}`;
}

function named({ subject, subject_id, period, starts_at }: Omit<WindowRow, 'user_id' | 'id' | 'found' | 'expected'>) {
  if (subject === null) return 'there is no such window';
  const whose = `${SUBJECTS[subject]}${subject_id === 0 ? '' : ` ${subject_id}`}`;
  return `${whose}, ${PERIODS[period - 1]} from ${starts_at}`;
}
