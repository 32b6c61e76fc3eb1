import type { DataSource, QueryRunner } from 'typeorm';
import { checkBalances } from './check-balances.js';
import { checkChain } from './check-chain.js';
import { checkRollups } from './check-rollups.js';
import { checkSums } from './check-sums.js';
import { checkWindows } from './check-windows.js';
import type { Discrepancy } from './discrepancy.js';

export interface Verification {
  /** Empty when the books balance. */
  readonly discrepancies: readonly Discrepancy[];
  /** What was looked at. */
  readonly calls: number;
  readonly corrections: number;
  readonly windows: number;
  readonly rollups: number;
  readonly seals: number;
  /** Number and hash of the newest seal, to be noted down elsewhere: whoever rewrites the whole chain changes it. */
  readonly head: string;
}

/** Recomputes windows, rollups, balances and the hash chain from the ledger's rows. */
export class LedgerVerifier {
  /** @param dataSource one without statement timeouts: the whole ledger is read */
  constructor(private readonly dataSource: DataSource) {}

  /** All checks on one snapshot, so calls that run meanwhile do not matter. Changes nothing. */
  async verify(): Promise<Verification> {
    const db = this.dataSource.createQueryRunner();
    try {
      await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await db.query(`SET LOCAL work_mem = '64MB'`);
      const verification = await this.verifyIn(db);
      await db.query('COMMIT');
      return verification;
    } catch (error) {
      await db.query('ROLLBACK');
      throw error;
    } finally {
      await db.release();
    }
  }

  private async verifyIn(db: QueryRunner): Promise<Verification> {
    const [facts] = await (db.query(FACTS) as Promise<Record<keyof typeof NUMBERS, string>[]>);
    const [{ horizon, head }] = await (db.query(HEAD) as Promise<{ horizon: Date; head: string }[]>);
    const discrepancies = [
      ...(await checkWindows(db, horizon)),
      ...(await checkBalances(db)),
      ...(await checkRollups(db, horizon)),
      ...(await checkSums(db)),
      ...(await checkChain(db, horizon)),
    ];
    const counted = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, Number(value)]));
    return { ...NUMBERS, ...counted, head, discrepancies };
  }
}

const NUMBERS = { calls: 0, corrections: 0, windows: 0, rollups: 0, seals: 0 };

const FACTS = `
  SELECT (SELECT count(*) FROM ledger) AS calls, (SELECT count(*) FROM ledger_corrections) AS corrections,
         (SELECT count(*) FROM quota_windows) AS windows, (SELECT count(*) FROM usage_rollups) AS rollups,
         (SELECT count(*) FROM ledger_seals) AS seals`;

/** Calls admitted before the horizon were retired. */
const HEAD = `
  SELECT (SELECT coalesce(max(before), 'epoch') FROM ledger_retirements) AS horizon,
         (SELECT format('%s %s', seq, encode(hash, 'hex')) FROM gatehouse_chain_head()) AS head`;
