import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A correction of a call from before a window was opened in mid-period reaches that window too: what the opening counted of
 * the call is corrected like everything else. See docs/adr/0060.
 */
export class CorrectionsOfOpenedWindows1700000000783 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(CORRECT);
  }

  /** What windows were given stays in them, told by its rows. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER openings_corrected ON ledger_corrections;
      DROP FUNCTION gatehouse_correct_openings();
    `);
  }
}

/*
 * After the statement, which corrects the windows that calls name: the same window may be among those. Whoever writes
 * corrections holds the locks of their accounts, and that of the installation while it has a cap. A call is in an opened window
 * as the opening saw it: a key's call by the account's windows that it names, everybody's by its day. An opening that counted a
 * call has at least that one request, and came after the call had ended; the rows written here have none.
 */
const CORRECT = `
  CREATE FUNCTION gatehouse_correct_openings() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    WITH corrected AS (
      SELECT e.user_id, l.api_key_id, l.admitted_at, l.settled_at, l.window_ids,
             e.prompt_tokens + e.completion_tokens AS tokens, e.cost_nano_usd AS cost
        FROM entered e
        JOIN ledger l ON l.user_id = e.user_id AND l.request_id = e.request_id
                     AND l.admitted_at = gatehouse_request_time(e.request_id)
    ), reached AS (
      SELECT w.user_id, w.id, c.settled_at, c.tokens, c.cost
        FROM corrected c
        JOIN quota_windows w ON w.user_id = c.user_id AND w.subject = 2 AND w.subject_id = c.api_key_id
       WHERE w.id <> ALL (c.window_ids)
         AND EXISTS (SELECT 1 FROM quota_windows account
                      WHERE account.user_id = c.user_id AND account.id = ANY (c.window_ids) AND account.subject = 1
                        AND (account.period, account.starts_at, account.generation) = (w.period, w.starts_at, w.generation))
      UNION ALL
      SELECT w.user_id, w.id, c.settled_at, c.tokens, c.cost
        FROM corrected c
        JOIN quota_windows w ON w.user_id = 0 AND w.subject = 0 AND w.subject_id = 0 AND w.period = 1
                            AND w.starts_at = date_trunc('day', c.admitted_at, 'UTC')
       WHERE -w.id <> ALL (c.window_ids)
         AND EXISTS (SELECT 1 FROM installation WHERE cost_per_day_nano_usd IS NOT NULL)
    ), sums AS (
      SELECT r.user_id, r.id, sum(r.tokens)::bigint AS tokens, sum(r.cost)::bigint AS cost
        FROM reached r
       WHERE EXISTS (SELECT 1 FROM window_openings o
                      WHERE o.user_id = r.user_id AND o.window_id = r.id AND o.requests > 0 AND o.created_at >= r.settled_at)
       GROUP BY 1, 2
    ), noted AS (
      INSERT INTO window_openings (user_id, window_id, requests, tokens, cost_nano_usd)
      SELECT s.user_id, s.id, 0, s.tokens, s.cost FROM sums s WHERE (s.tokens, s.cost) <> (0, 0)
    )
    UPDATE quota_windows w SET spent_tokens = w.spent_tokens + s.tokens, spent_nano_usd = w.spent_nano_usd + s.cost
      FROM sums s WHERE w.user_id = s.user_id AND w.id = s.id;
    RETURN NULL;
  END $$;
  CREATE TRIGGER openings_corrected AFTER INSERT ON ledger_corrections REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_correct_openings();
`;
