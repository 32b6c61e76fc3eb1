import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The hash chain of the ledger: entries are sealed in batches by a sequencer, after they were settled. See docs/adr/0051. */
export class LedgerSeals1700000000521 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(TABLES);
    await db.query(DIGESTS);
    await db.query(SEAL);
    await db.query(QUEUE_BALANCE_ENTRIES);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER balance_entries_queued ON balance_entries;
      DROP FUNCTION gatehouse_queue_balance_entries();
      DROP FUNCTION gatehouse_seal(int);
      DROP FUNCTION gatehouse_chain_head();
      DROP FUNCTION gatehouse_entry_digests(int[], uuid[], text[]);
      DROP FUNCTION gatehouse_retirement_digest(ledger_retirements);
      DROP FUNCTION gatehouse_openings_digest(uuid);
      DROP FUNCTION gatehouse_balance_digest(balance_entries);
      DROP FUNCTION gatehouse_correction_digest(ledger_corrections);
      DROP FUNCTION gatehouse_call_digest(ledger);
      DROP FUNCTION gatehouse_microseconds(timestamptz);
      DROP TABLE ledger_openings, ledger_retirements, ledger_seals;
    `);
  }
}

const TABLES = `
  CREATE TABLE ledger_seals (
    seq bigint PRIMARY KEY,
    previous_hash bytea NOT NULL CHECK (length(previous_hash) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    user_ids int[] NOT NULL,
    entry_ids uuid[] NOT NULL,
    sources text[] NOT NULL,
    digests bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON COLUMN ledger_seals.hash IS 'SHA-256 of previous_hash and digests';
  COMMENT ON COLUMN ledger_seals.digests IS 'SHA-256 of each entry, 32 bytes after 32 bytes, in the order of entry_ids';

  CREATE TABLE ledger_retirements (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    before timestamptz NOT NULL UNIQUE,
    anchor_seq bigint NOT NULL,
    anchor_hash bytea NOT NULL CHECK (length(anchor_hash) = 32),
    calls bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    openings_digest bytea NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON TABLE ledger_retirements IS 'Calls admitted before this time are gone. The chain goes on from the anchor.';

  CREATE TABLE ledger_openings (
    user_id int NOT NULL,
    retirement_id uuid NOT NULL,
    window_id bigint NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    PRIMARY KEY (user_id, retirement_id, window_id)
  );
  COMMENT ON TABLE ledger_openings IS 'What retired calls had spent of windows that are still open. Negative id: a window of the installation.';
`;

/*
 * What a digest covers is fixed for ever by the word in front. Analysis fills the intent columns in later, so they are not
 * in it. An entry that is not there has no digest.
 */
const DIGESTS = `
  CREATE FUNCTION gatehouse_microseconds(p_time timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(epoch FROM p_time) * 1000000)::bigint
  $$;

  CREATE FUNCTION gatehouse_call_digest(l ledger) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array('call/1', l.user_id, l.request_id, gatehouse_microseconds(l.admitted_at),
      l.api_key_id, l.task_id, l.endpoint, l.model, l.provider, l.upstream_model, l.status, l.usage_source, l.prompt_tokens,
      l.completion_tokens, l.cached_prompt_tokens, l.reasoning_tokens, l.cost_nano_usd, l.price_version, l.window_ids::text,
      l.streamed, l.http_status, l.error_code, l.latency_ms, l.time_to_first_token_ms,
      gatehouse_microseconds(l.settled_at))::text, 'UTF8'))
  $$;

  CREATE FUNCTION gatehouse_correction_digest(c ledger_corrections) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array('correction/1', c.user_id, c.request_id, c.kind, c.prompt_tokens,
      c.completion_tokens, c.cached_prompt_tokens, c.reasoning_tokens, c.cost_nano_usd, c.price_version, c.window_ids::text,
      gatehouse_microseconds(c.created_at))::text, 'UTF8'))
  $$;

  CREATE FUNCTION gatehouse_balance_digest(b balance_entries) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array('balance/1', b.user_id, b.id, b.kind, b.tokens, b.reason, b.author_user_id,
      b.idempotency_key, gatehouse_microseconds(b.created_at))::text, 'UTF8'))
  $$;

  CREATE FUNCTION gatehouse_openings_digest(p_retirement_id uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(coalesce(string_agg(format('%s/%s/%s/%s/%s', user_id, window_id, requests, tokens, cost_nano_usd),
      ';' ORDER BY user_id, window_id), ''), 'UTF8')) FROM ledger_openings WHERE retirement_id = p_retirement_id
  $$;

  CREATE FUNCTION gatehouse_retirement_digest(r ledger_retirements) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array('retirement/1', r.id, gatehouse_microseconds(r.before), r.anchor_seq,
      encode(r.anchor_hash, 'hex'), r.calls, r.tokens, r.cost_nano_usd, encode(r.openings_digest, 'hex'),
      gatehouse_microseconds(r.retired_at))::text, 'UTF8'))
  $$;

  CREATE FUNCTION gatehouse_entry_digests(p_user_ids int[], p_entry_ids uuid[], p_sources text[])
  RETURNS TABLE (place bigint, user_id int, entry_id uuid, source text, digest bytea)
  LANGUAGE sql STABLE ROWS 1000 SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT i.place, i.user_id, i.entry_id, i.source,
           CASE WHEN l.user_id IS NOT NULL THEN gatehouse_call_digest(l)
                WHEN c.user_id IS NOT NULL THEN gatehouse_correction_digest(c)
                WHEN b.user_id IS NOT NULL THEN gatehouse_balance_digest(b)
                WHEN r.id IS NOT NULL THEN gatehouse_retirement_digest(r) END
      FROM unnest(p_user_ids, p_entry_ids, p_sources) WITH ORDINALITY AS i(user_id, entry_id, source, place)
      LEFT JOIN ledger l ON i.source = 'call' AND l.user_id = i.user_id AND l.request_id = i.entry_id
                        AND l.admitted_at = gatehouse_request_time(i.entry_id)
      LEFT JOIN ledger_corrections c ON i.source NOT IN ('call', 'balance', 'retirement') AND c.user_id = i.user_id
                                    AND c.request_id = i.entry_id AND c.kind = i.source
      LEFT JOIN balance_entries b ON i.source = 'balance' AND b.user_id = i.user_id AND b.id = i.entry_id
      LEFT JOIN ledger_retirements r ON i.source = 'retirement' AND r.id = i.entry_id
  $$;
`;

/* One sequencer at a time, whoever runs it; 0 when there is nothing to seal, or another one is at it. */
const SEAL = `
  CREATE FUNCTION gatehouse_chain_head() RETURNS TABLE (seq bigint, hash bytea) LANGUAGE sql STABLE AS $$
    SELECT seq, hash FROM (
      (SELECT seq, hash FROM ledger_seals ORDER BY seq DESC LIMIT 1)
      UNION ALL (SELECT anchor_seq, anchor_hash FROM ledger_retirements ORDER BY anchor_seq DESC LIMIT 1)
      UNION ALL SELECT 0, sha256('')
    ) heads ORDER BY seq DESC LIMIT 1
  $$;

  CREATE FUNCTION gatehouse_seal(p_limit int) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE
    v_users int[];
    v_entries uuid[];
    v_sources text[];
    v_digests bytea;
    v_head record;
  BEGIN
    IF NOT pg_try_advisory_xact_lock(7218947) THEN RETURN 0; END IF;
    WITH taken AS (
      DELETE FROM ledger_unsealed WHERE ctid = ANY (ARRAY(SELECT ctid FROM ledger_unsealed LIMIT p_limit)) RETURNING *
    )
    SELECT array_agg(user_id), array_agg(entry_id), array_agg(source) INTO v_users, v_entries, v_sources FROM taken;
    IF v_users IS NULL THEN RETURN 0; END IF;

    SELECT string_agg(coalesce(digest, sha256('')), '' ORDER BY place) INTO v_digests
      FROM gatehouse_entry_digests(v_users, v_entries, v_sources);
    SELECT * INTO v_head FROM gatehouse_chain_head();
    INSERT INTO ledger_seals (seq, previous_hash, hash, user_ids, entry_ids, sources, digests)
    VALUES (v_head.seq + 1, v_head.hash, sha256(v_head.hash || v_digests), v_users, v_entries, v_sources, v_digests);
    RETURN cardinality(v_users);
  END $$;
`;

const QUEUE_BALANCE_ENTRIES = `
  CREATE FUNCTION gatehouse_queue_balance_entries() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO ledger_unsealed (user_id, entry_id, source) SELECT user_id, id, 'balance' FROM entered;
    RETURN NULL;
  END $$;
  INSERT INTO ledger_unsealed (user_id, entry_id, source) SELECT user_id, id, 'balance' FROM balance_entries;
  CREATE TRIGGER balance_entries_queued AFTER INSERT ON balance_entries REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_queue_balance_entries();
`;
