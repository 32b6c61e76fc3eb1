import type { QueryRunner } from 'typeorm';
import { listed, MOST_LISTED } from './discrepancy.js';
import type { Discrepancy } from './discrepancy.js';

const SEALS_AT_ONCE = 50;

/* A link is broken when its hash does not follow from its digests, or when it does not follow the link before it. */
const BROKEN_LINKS = `
  SELECT count(*) OVER () AS total, seq
    FROM (SELECT seq, previous_hash, hash, digests, cardinality(entry_ids) AS entries,
                 lag(seq) OVER chain AS seq_before, lag(hash) OVER chain AS hash_before
            FROM ledger_seals WINDOW chain AS (ORDER BY seq)) s
   CROSS JOIN (SELECT coalesce(max(anchor_seq), 0) AS anchor_seq,
                      coalesce((array_agg(anchor_hash ORDER BY anchor_seq DESC))[1], sha256('')) AS anchor_hash
                 FROM ledger_retirements) a
   WHERE hash <> sha256(previous_hash || digests) OR length(digests) <> 32 * entries
      OR coalesce(seq_before, anchor_seq) + 1 <> seq OR coalesce(hash_before, anchor_hash) <> previous_hash
   ORDER BY seq LIMIT ${MOST_LISTED}`;

/* Digests of whole seals are compared first; only where they differ, entry by entry. */
const SEALED_ENTRIES = `
  SELECT s.seq, count(e.digest) AS found,
         count(*) = count(e.digest) AND string_agg(e.digest, '' ORDER BY e.place) = s.digests AS intact
    FROM ledger_seals s CROSS JOIN LATERAL gatehouse_entry_digests(s.user_ids, s.entry_ids, s.sources) e
   WHERE s.seq >= $1 AND s.seq < $2
   GROUP BY s.seq, s.digests`;
const WRONG_ENTRIES = `
  SELECT s.seq, e.user_id, e.entry_id, e.source, e.digest IS NULL AS missing
    FROM ledger_seals s CROSS JOIN LATERAL gatehouse_entry_digests(s.user_ids, s.entry_ids, s.sources) e
   WHERE s.seq = $1 AND e.digest IS DISTINCT FROM substring(s.digests FROM (e.place * 32 - 31)::int FOR 32)
     AND NOT (e.digest IS NULL AND e.source NOT IN ('balance', 'retirement') AND gatehouse_request_time(e.entry_id) < $2)
   ORDER BY e.place`;

const COUNTS = `
  SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM ledger_corrections)
           + (SELECT count(*) FROM balance_entries) + (SELECT count(*) FROM ledger_retirements) AS entries,
         (SELECT count(*) FROM ledger_unsealed) AS waiting`;
const UNSEALED = `
  WITH known AS (
    SELECT user_id, entry_id, source FROM ledger_unsealed
    UNION ALL SELECT e.* FROM ledger_seals s CROSS JOIN LATERAL unnest(s.user_ids, s.entry_ids, s.sources) AS e
  ), entries AS (
    SELECT user_id, request_id AS entry_id, 'call' AS source FROM ledger
    UNION ALL SELECT user_id, request_id, kind FROM ledger_corrections
    UNION ALL SELECT user_id, id, 'balance' FROM balance_entries
    UNION ALL SELECT 0, id, 'retirement' FROM ledger_retirements
  )
  SELECT count(*) OVER () AS total, * FROM (SELECT * FROM entries EXCEPT SELECT * FROM known) x LIMIT ${MOST_LISTED}`;
const MISSING_UNSEALED = `
  SELECT count(*) OVER () AS total, u.* FROM ledger_unsealed u
   WHERE CASE source
           WHEN 'call' THEN NOT EXISTS (SELECT 1 FROM ledger l WHERE l.user_id = u.user_id AND l.request_id = u.entry_id
                                           AND l.admitted_at = gatehouse_request_time(u.entry_id))
           WHEN 'balance' THEN NOT EXISTS (SELECT 1 FROM balance_entries b WHERE b.user_id = u.user_id AND b.id = u.entry_id)
           WHEN 'retirement' THEN NOT EXISTS (SELECT 1 FROM ledger_retirements r WHERE r.id = u.entry_id)
           ELSE NOT EXISTS (SELECT 1 FROM ledger_corrections c WHERE c.user_id = u.user_id
                               AND c.request_id = u.entry_id AND c.kind = u.source) END
   LIMIT ${MOST_LISTED}`;

const WRONG_OPENINGS = `
  SELECT to_char(before AT TIME ZONE 'UTC', 'YYYY-MM') AS month FROM ledger_retirements
   WHERE openings_digest <> gatehouse_openings_digest(id) ORDER BY before`;

interface EntryRow {
  total: string;
  seq: string;
  user_id: number;
  entry_id: string;
  source: string;
  missing: boolean;
}

/** The chain itself, then every entry against its seal, then entries that no seal knows. */
export async function checkChain(db: QueryRunner, horizon: Date): Promise<Discrepancy[]> {
  const broken = await (db.query(BROKEN_LINKS) as Promise<{ total: string; seq: string }[]>);
  const links = listed(
    'chain',
    Number(broken[0]?.total ?? 0),
    broken.map(({ seq }) => `seal ${seq} does not follow from the one before it`),
  );
  const sealed = await checkSealedEntries(db, horizon);
  const missing = await (db.query(MISSING_UNSEALED) as Promise<EntryRow[]>);
  const gone = listed(
    'entries',
    Number(missing[0]?.total ?? 0),
    missing.map((entry) => `${named(entry)} is missing (it was not sealed yet)`),
  );
  const openings = await (db.query(WRONG_OPENINGS) as Promise<{ month: string }[]>);
  const opened = openings.map(({ month }) => `opening balances of the retirement before ${month} were changed`);
  return [
    ...links,
    ...listed('entries', opened.length, opened),
    ...sealed.discrepancies,
    ...gone,
    ...(await checkUnsealed(db, sealed.found, missing)),
  ];
}

async function checkSealedEntries(
  db: QueryRunner,
  horizon: Date,
): Promise<{ found: number; discrepancies: Discrepancy[] }> {
  const [range] = await (db.query('SELECT min(seq) AS first, max(seq) AS last FROM ledger_seals') as Promise<
    { first: string | null; last: string | null }[]
  >);
  const messages: string[] = [];
  let found = 0;
  for (let seq = Number(range.first ?? 1); seq <= Number(range.last ?? 0); seq += SEALS_AT_ONCE) {
    const seals = await (db.query(SEALED_ENTRIES, [seq, seq + SEALS_AT_ONCE]) as Promise<
      { seq: string; found: string; intact: boolean }[]
    >);
    for (const seal of seals) {
      found += Number(seal.found);
      if (seal.intact) continue;
      const wrong = await (db.query(WRONG_ENTRIES, [seal.seq, horizon]) as Promise<EntryRow[]>);
      for (const entry of wrong) messages.push(`${named(entry)} ${entry.missing ? 'is missing' : 'was changed'}`);
    }
  }
  return { found, discrepancies: listed('entries', messages.length, messages) };
}

/** Looked for only when the numbers do not add up, because it sorts everything. */
async function checkUnsealed(db: QueryRunner, found: number, missing: EntryRow[]): Promise<Discrepancy[]> {
  const [counts] = await (db.query(COUNTS) as Promise<{ entries: string; waiting: string }[]>);
  const waiting = Number(counts.waiting) - Number(missing[0]?.total ?? 0);
  if (Number(counts.entries) === found + waiting) return [];
  const rows = await (db.query(UNSEALED) as Promise<EntryRow[]>);
  if (rows.length === 0) return [{ check: 'entries', message: 'some entries were sealed more than once' }];
  return listed(
    'entries',
    Number(rows[0]?.total ?? 0),
    rows.map((entry) => `${named(entry)} was never entered in the regular way: no seal knows it`),
  );
}

function named({ user_id, entry_id, source }: EntryRow): string {
  if (source === 'retirement') return `retirement ${entry_id}`;
  if (source === 'balance') return `balance entry ${entry_id} of account ${user_id}`;
  const call = `call ${entry_id} of account ${user_id}`;
  return source === 'call' ? call : `correction ${source} of ${call}`;
}
