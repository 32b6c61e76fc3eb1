import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Early resets and statements of periods are entries of the hash chain like calls, corrections and balances. */
export class SealedResets1700000000722 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(COLUMNS);
    await db.query(DIGESTS);
    await db.query(entryDigests(ALL_DIGESTS, ALL_JOINS));
    await db.query(lapsed(`'balance', 'retirement', 'reset', 'statement'`));
    await db.query(QUEUE);
  }

  /** Seals that know of resets or statements stay, and verify as changed: the chain is not rewritten. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER quota_resets_queued ON quota_resets;
      DROP TRIGGER period_statements_queued ON period_statements;
      DROP FUNCTION gatehouse_queue_resets(), gatehouse_queue_statements();
      DELETE FROM ledger_unsealed WHERE source IN ('reset', 'statement');
    `);
    await db.query(lapsed(`'balance', 'retirement'`));
    await db.query(entryDigests(FORMER_DIGESTS, FORMER_JOINS));
    await db.query(`
      DROP FUNCTION gatehouse_reset_digest(quota_resets), gatehouse_statement_digest(period_statements);
      ALTER TABLE quota_resets DROP COLUMN id;
      ALTER TABLE period_statements DROP COLUMN id;
    `);
  }
}

const COLUMNS = `
  ALTER TABLE quota_resets ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;
  ALTER TABLE period_statements ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;
`;

const DIGESTS = `
  CREATE FUNCTION gatehouse_reset_digest(q quota_resets) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(json_build_array('reset/1', q.user_id, q.id, q.period, q.generation, q.author_user_id,
      q.idempotency_key, gatehouse_microseconds(q.created_at))::text, 'UTF8'))
  $$;

  CREATE FUNCTION gatehouse_statement_digest(s period_statements) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(json_build_array('statement/1', s.user_id, s.id, s.period, gatehouse_microseconds(s.starts_at),
      s.generation, gatehouse_microseconds(s.ends_at), s.requests, s.tokens, s.cost_nano_usd,
      gatehouse_microseconds(s.closed_at))::text, 'UTF8'))
  $$;
`;

const FORMER_DIGESTS = `
                WHEN c.user_id IS NOT NULL THEN gatehouse_correction_digest(c)
                WHEN b.user_id IS NOT NULL THEN gatehouse_balance_digest(b)
                WHEN r.id IS NOT NULL THEN gatehouse_retirement_digest(r)`;
const ALL_DIGESTS = `${FORMER_DIGESTS}
                WHEN q.id IS NOT NULL THEN gatehouse_reset_digest(q)
                WHEN s.id IS NOT NULL THEN gatehouse_statement_digest(s)`;
const joins = (others: string) => `
      LEFT JOIN ledger_corrections c ON i.source NOT IN (${others}) AND c.user_id = i.user_id
                                    AND c.request_id = i.entry_id AND c.kind = i.source
      LEFT JOIN balance_entries b ON i.source = 'balance' AND b.user_id = i.user_id AND b.id = i.entry_id
      LEFT JOIN ledger_retirements r ON i.source = 'retirement' AND r.id = i.entry_id`;
const FORMER_JOINS = joins(`'call', 'balance', 'retirement'`);
const ALL_JOINS = `${joins(`'call', 'balance', 'retirement', 'reset', 'statement'`)}
      LEFT JOIN quota_resets q ON i.source = 'reset' AND q.id = i.entry_id AND q.user_id = i.user_id
      LEFT JOIN period_statements s ON i.source = 'statement' AND s.id = i.entry_id AND s.user_id = i.user_id`;

function entryDigests(digests: string, otherJoins: string): string {
  return `
    CREATE OR REPLACE FUNCTION gatehouse_entry_digests(p_user_ids int[], p_entry_ids uuid[], p_sources text[])
    RETURNS TABLE (place bigint, user_id int, entry_id uuid, source text, digest bytea)
    LANGUAGE sql STABLE ROWS 1000 SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
      SELECT i.place, i.user_id, i.entry_id, i.source,
             CASE WHEN l.user_id IS NOT NULL THEN gatehouse_call_digest(l) ${digests} END
        FROM unnest(p_user_ids, p_entry_ids, p_sources) WITH ORDINALITY AS i(user_id, entry_id, source, place)
        LEFT JOIN ledger l ON i.source = 'call' AND l.user_id = i.user_id AND l.request_id = i.entry_id
                          AND l.admitted_at = gatehouse_request_time(i.entry_id) ${otherJoins}
    $$;
  `;
}

/* Only ids of calls tell a time. */
function lapsed(timeless: string): string {
  return `
    CREATE OR REPLACE FUNCTION gatehouse_has_lapsed(p_source text, p_entry_id uuid, p_before timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
      SELECT p_source NOT IN (${timeless}) AND gatehouse_request_time(p_entry_id) < p_before
    $$;
  `;
}

const QUEUE = `
  CREATE FUNCTION gatehouse_queue_resets() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO ledger_unsealed (user_id, entry_id, source) SELECT user_id, id, 'reset' FROM entered;
    RETURN NULL;
  END $$;
  CREATE FUNCTION gatehouse_queue_statements() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO ledger_unsealed (user_id, entry_id, source) SELECT user_id, id, 'statement' FROM entered;
    RETURN NULL;
  END $$;
  INSERT INTO ledger_unsealed (user_id, entry_id, source)
  SELECT user_id, id, 'reset' FROM quota_resets UNION ALL SELECT user_id, id, 'statement' FROM period_statements;
  CREATE TRIGGER quota_resets_queued AFTER INSERT ON quota_resets REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_queue_resets();
  CREATE TRIGGER period_statements_queued AFTER INSERT ON period_statements REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_queue_statements();
`;
