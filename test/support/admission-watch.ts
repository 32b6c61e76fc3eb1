import type { Books } from './usage-books.js';

/**
 * Watches every change of a window, in the transaction that makes it: an admission after which more is spent and held than a
 * limit allows is noted. A limit that is cut below what is spent, and usage that comes late, are nobody's admission.
 */
export async function watchAdmissions(books: Books): Promise<void> {
  await books.query(WATCH);
}

/** What was admitted over a limit since this was asked last. */
export function overAdmissions(books: Books): Promise<object[]> {
  return books.query('DELETE FROM over_admissions RETURNING *');
}

const WATCH = `
  CREATE TABLE over_admissions (user_id int, subject smallint, subject_id int, period smallint, tokens bigint, token_limit bigint,
    nano_usd bigint, nano_usd_limit bigint);
  CREATE FUNCTION watch_admission() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    v_tokens bigint;
    v_cost bigint;
  BEGIN
    IF NEW.held_tokens <= OLD.held_tokens AND NEW.held_nano_usd <= OLD.held_nano_usd THEN RETURN NULL; END IF;
    IF NEW.subject = 0 THEN
      SELECT NULL, cost_per_day_nano_usd INTO v_tokens, v_cost FROM installation WHERE NEW.period = 1;
    ELSIF NEW.subject = 1 THEN
      SELECT CASE NEW.period WHEN 1 THEN tokens_per_day WHEN 2 THEN tokens_per_month ELSE lifetime_tokens END,
             CASE NEW.period WHEN 1 THEN cost_per_day_nano_usd WHEN 2 THEN cost_per_month_nano_usd END
        INTO v_tokens, v_cost FROM quota_accounts WHERE user_id = NEW.user_id;
    ELSIF NEW.subject = 2 AND NEW.period = 3 THEN
      SELECT token_budget, cost_budget_nano_usd INTO v_tokens, v_cost FROM api_keys WHERE id = NEW.subject_id;
    END IF;
    IF NEW.spent_tokens + NEW.held_tokens > v_tokens OR NEW.spent_nano_usd + NEW.held_nano_usd > v_cost THEN
      INSERT INTO over_admissions VALUES (NEW.user_id, NEW.subject, NEW.subject_id, NEW.period,
        NEW.spent_tokens + NEW.held_tokens, v_tokens, NEW.spent_nano_usd + NEW.held_nano_usd, v_cost);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER admissions_watched AFTER UPDATE ON quota_windows FOR EACH ROW EXECUTE FUNCTION watch_admission();
`;
