import type { QueryRunner } from 'typeorm';
import { listed, MOST_LISTED } from './discrepancy.js';
import type { Discrepancy } from './discrepancy.js';

interface BalanceRow {
  total: string;
  user_id: number;
  found: string;
  expected: string;
}

const BALANCES = `
  SELECT count(*) OVER () AS total, user_id, a.lifetime_tokens AS found, coalesce(e.tokens, 0) AS expected
    FROM quota_accounts a
    LEFT JOIN (SELECT user_id, sum(tokens) AS tokens FROM balance_entries GROUP BY user_id) e USING (user_id)
   WHERE a.lifetime_tokens <> coalesce(e.tokens, 0)
   ORDER BY user_id LIMIT ${MOST_LISTED}`;

/** Tokens for life against the entries that gave them. */
export async function checkBalances(db: QueryRunner): Promise<Discrepancy[]> {
  const rows = await (db.query(BALANCES) as Promise<BalanceRow[]>);
  return listed(
    'balances',
    Number(rows[0]?.total ?? 0),
    rows.map(
      ({ user_id, found, expected }) => `account ${user_id} has ${found} tokens for life instead of ${expected}`,
    ),
  );
}
