import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Retention: whole months of the ledger and of request contents go, and leave opening balances and a chain anchor behind. */
export class Retirement1700000000524 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(LAPSED);
    await db.query(DROP);
    await db.query(RETIRE);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_retire(timestamptz);
      DROP FUNCTION gatehouse_drop_months(uuid, timestamptz);
      DROP FUNCTION gatehouse_has_lapsed(text, uuid, timestamptz);
    `);
  }
}

const LAPSED = `
  -- Whether an entry goes with the calls that were admitted before this time.
  CREATE FUNCTION gatehouse_has_lapsed(p_source text, p_entry_id uuid, p_before timestamptz) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS $$
    SELECT p_source NOT IN ('balance', 'retirement') AND gatehouse_request_time(p_entry_id) < p_before
  $$;
`;

/*
 * The only step that calls have to wait for: milliseconds, once the locks are there. Whoever waits for a lock on the
 * ledger makes everybody behind wait too, so it gives up quickly and tries again. Locks are taken in settlement's order.
 */
const DROP = `
  CREATE FUNCTION gatehouse_drop_months(p_retirement_id uuid, p_before timestamptz, OUT corrected_tokens bigint,
    OUT corrected_cost bigint) LANGUAGE plpgsql SET lock_timeout = '300ms' AS $$
  DECLARE
    v_partition regclass;
  BEGIN
    LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE;
    LOCK TABLE ledger_corrections IN SHARE ROW EXCLUSIVE MODE;
    LOCK TABLE request_contents IN ACCESS EXCLUSIVE MODE;
    INSERT INTO ledger_openings AS o (user_id, retirement_id, window_id, requests, tokens, cost_nano_usd)
    SELECT c.user_id, p_retirement_id, x.id, 0, sum(c.prompt_tokens + c.completion_tokens), sum(c.cost_nano_usd)
      FROM ledger_corrections c CROSS JOIN LATERAL unnest(c.window_ids) AS x(id)
      JOIN quota_windows w ON w.user_id = CASE WHEN x.id < 0 THEN 0 ELSE c.user_id END AND w.id = abs(x.id) AND w.ends_at > p_before
     WHERE gatehouse_request_time(c.request_id) < p_before
     GROUP BY 1, 3
    ON CONFLICT (user_id, retirement_id, window_id) DO UPDATE
       SET tokens = o.tokens + excluded.tokens, cost_nano_usd = o.cost_nano_usd + excluded.cost_nano_usd;
    WITH gone AS (
      DELETE FROM ledger_corrections WHERE gatehouse_request_time(request_id) < p_before
      RETURNING prompt_tokens + completion_tokens AS tokens, cost_nano_usd AS cost
    )
    SELECT coalesce(sum(tokens), 0), coalesce(sum(cost), 0) INTO corrected_tokens, corrected_cost FROM gone;
    FOR v_partition IN
      SELECT i.inhrelid::regclass FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent IN ('ledger'::regclass, 'request_contents'::regclass)
         AND c.relname ~ '_\\d{4}_\\d{2}$' AND to_date(right(c.relname, 7), 'YYYY_MM') < (p_before AT TIME ZONE 'UTC')::date
    LOOP
      EXECUTE format('DROP TABLE %s', v_partition);
    END LOOP;
    DELETE FROM ledger_default WHERE admitted_at < p_before;
    DELETE FROM request_contents_default WHERE admitted_at < p_before;
  END $$;
`;

/* Everything of it or nothing. The sequencer waits meanwhile; calls go on until the last step. */
const RETIRE = `
  CREATE FUNCTION gatehouse_retire(p_before timestamptz) RETURNS uuid LANGUAGE plpgsql AS $$
  DECLARE
    v_id uuid := gen_random_uuid();
    v_anchor record;
    v_sums record;
    v_corrected record;
    v_tries int := 0;
  BEGIN
    PERFORM pg_advisory_xact_lock(7218947);
    IF EXISTS (SELECT 1 FROM ledger_retirements WHERE before >= p_before) THEN
      RAISE EXCEPTION 'those months were retired before' USING ERRCODE = 'GH001';
    ELSIF p_before > date_trunc('month', now(), 'UTC') OR p_before <> date_trunc('month', p_before, 'UTC') THEN
      RAISE EXCEPTION 'only whole months that are over can be retired' USING ERRCODE = 'GH001';
    ELSIF EXISTS (SELECT 1 FROM holds WHERE gatehouse_request_time(request_id) < p_before) THEN
      RAISE EXCEPTION 'a call of those months is still running' USING ERRCODE = 'GH001';
    ELSIF EXISTS (SELECT 1 FROM outbox WHERE admitted_at < p_before) THEN
      RAISE EXCEPTION 'a call of those months still waits for its analysis' USING ERRCODE = 'GH001';
    ELSIF EXISTS (SELECT 1 FROM ledger_unsealed WHERE gatehouse_has_lapsed(source, entry_id, p_before)) THEN
      RAISE EXCEPTION 'an entry of those months is not sealed yet' USING ERRCODE = 'GH001';
    END IF;

    INSERT INTO ledger_openings (user_id, retirement_id, window_id, requests, tokens, cost_nano_usd)
    SELECT l.user_id, v_id, x.id, count(*), sum(l.total_tokens), sum(l.cost_nano_usd)
      FROM ledger l CROSS JOIN LATERAL unnest(l.window_ids) AS x(id)
      JOIN quota_windows w ON w.user_id = CASE WHEN x.id < 0 THEN 0 ELSE l.user_id END AND w.id = abs(x.id) AND w.ends_at > p_before
     WHERE l.admitted_at < p_before
     GROUP BY l.user_id, x.id;
    SELECT count(*) AS calls, coalesce(sum(total_tokens), 0) AS tokens, coalesce(sum(cost_nano_usd), 0) AS cost
      INTO v_sums FROM ledger WHERE admitted_at < p_before;

    -- The anchor is the last seal before the first one that has a call which stays.
    SELECT h.seq, h.hash INTO v_anchor FROM (
      SELECT seq, hash FROM ledger_seals UNION ALL SELECT anchor_seq, anchor_hash FROM ledger_retirements
      UNION ALL SELECT 0, sha256('')) h
     WHERE h.seq < coalesce((SELECT min(s.seq) FROM ledger_seals s CROSS JOIN LATERAL unnest(s.entry_ids, s.sources) AS e(id, source)
                              WHERE e.source = 'call' AND NOT gatehouse_has_lapsed(e.source, e.id, p_before)), 9223372036854775807)
     ORDER BY h.seq DESC LIMIT 1;
    INSERT INTO ledger_unsealed (user_id, entry_id, source, is_summed)
    SELECT e.*, true FROM ledger_seals s CROSS JOIN LATERAL unnest(s.user_ids, s.entry_ids, s.sources) AS e(user_id, id, source)
     WHERE s.seq <= v_anchor.seq AND NOT gatehouse_has_lapsed(e.source, e.id, p_before);
    DELETE FROM ledger_seals WHERE seq <= v_anchor.seq;

    LOOP
      BEGIN
        SELECT * INTO v_corrected FROM gatehouse_drop_months(v_id, p_before);
        EXIT;
      EXCEPTION WHEN lock_not_available THEN
        v_tries := v_tries + 1;
        IF v_tries >= 100 THEN RAISE; END IF;
        PERFORM pg_sleep(0.2);
      END;
    END LOOP;
    INSERT INTO ledger_retirements (id, before, anchor_seq, anchor_hash, calls, tokens, cost_nano_usd, openings_digest)
    VALUES (v_id, p_before, v_anchor.seq, v_anchor.hash, v_sums.calls,
            v_sums.tokens + v_corrected.corrected_tokens, v_sums.cost + v_corrected.corrected_cost, gatehouse_openings_digest(v_id));
    INSERT INTO ledger_unsealed (user_id, entry_id, source) VALUES (0, v_id, 'retirement');
    RETURN v_id;
  END $$;
`;
