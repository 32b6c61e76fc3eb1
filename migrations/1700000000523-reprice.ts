import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Corrections of calls that were billed at a wrong price. The rows themselves stay as they are. */
export class Reprice1700000000523 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(REPRICED);
    await db.query(REPRICE);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_reprice(int[], uuid[], text, numeric, numeric, numeric);
      DROP FUNCTION gatehouse_repriced(int[], uuid[], text, numeric, numeric, numeric);
    `);
  }
}

const SETTINGS = `SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off`;
const PARAMETERS = `
  p_user_ids int[], p_request_ids uuid[], p_version text, p_input numeric, p_cached_input numeric, p_output numeric`;

/* What calls cost with their corrections, and what they would cost at these prices (nano-dollars per token). */
const REPRICED = `
  CREATE FUNCTION gatehouse_repriced(${PARAMETERS})
  RETURNS TABLE (user_id int, request_id uuid, window_ids bigint[], cost_before bigint, cost_after bigint)
  LANGUAGE sql STABLE ${SETTINGS} AS $$
    SELECT user_id, request_id, window_ids, cost,
           round((prompt - least(cached, prompt)) * p_input + least(cached, prompt) * p_cached_input + completion * p_output)::bigint
      FROM (SELECT l.user_id, l.request_id, l.window_ids, l.cost_nano_usd + coalesce(c.cost, 0)::bigint AS cost,
                   l.prompt_tokens + coalesce(c.prompt, 0) AS prompt,
                   l.completion_tokens + coalesce(c.completion, 0) AS completion,
                   l.cached_prompt_tokens + coalesce(c.cached, 0) AS cached
              FROM unnest(p_user_ids, p_request_ids) AS i(user_id, request_id)
              JOIN ledger l ON l.user_id = i.user_id AND l.request_id = i.request_id
                           AND l.admitted_at = gatehouse_request_time(i.request_id)
              LEFT JOIN LATERAL (
                SELECT sum(x.cost_nano_usd) AS cost, sum(x.prompt_tokens) AS prompt, sum(x.completion_tokens) AS completion,
                       sum(x.cached_prompt_tokens) AS cached, bool_or(x.kind = 'reprice:' || p_version) AS done
                  FROM ledger_corrections x WHERE x.user_id = i.user_id AND x.request_id = i.request_id) c ON true
             WHERE c.done IS NOT TRUE) calls
  $$;
`;

/* Under the accounts' locks, so that no late usage comes in between. Idempotent by the version of the right prices. */
const REPRICE = `
  CREATE FUNCTION gatehouse_reprice(${PARAMETERS})
  RETURNS TABLE (calls bigint, cost_before numeric, cost_after numeric) LANGUAGE plpgsql ${SETTINGS} AS $$
  BEGIN
    PERFORM gatehouse_lock_accounts(p_user_ids);
    RETURN QUERY
      WITH priced AS (
        SELECT p.* FROM gatehouse_repriced(p_user_ids, p_request_ids, p_version, p_input, p_cached_input, p_output) p
         WHERE p.cost_after <> p.cost_before
      ), entered AS (
        INSERT INTO ledger_corrections (user_id, request_id, kind, prompt_tokens, completion_tokens, cost_nano_usd,
          price_version, window_ids)
        SELECT p.user_id, p.request_id, 'reprice:' || p_version, 0, 0, p.cost_after - p.cost_before, p_version, p.window_ids
          FROM priced p
      ), counted AS (
        UPDATE quota_windows w SET spent_nano_usd = w.spent_nano_usd + d.cost
          FROM (SELECT CASE WHEN x.window_id < 0 THEN 0 ELSE p.user_id END AS user_id, abs(x.window_id) AS window_id,
                       sum(p.cost_after - p.cost_before)::bigint AS cost
                  FROM priced p CROSS JOIN LATERAL unnest(p.window_ids) AS x(window_id) GROUP BY 1, 2) d
         WHERE w.user_id = d.user_id AND w.id = d.window_id
      )
      SELECT count(*), coalesce(sum(p.cost_before), 0), coalesce(sum(p.cost_after), 0) FROM priced p;
  END $$;
`;
