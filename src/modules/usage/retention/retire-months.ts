import type { DataSource } from 'typeorm';
import { sqlState } from '../../../database/postgres-errors.js';
import { LedgerSequencer } from '../ledger/ledger-sequencer.service.js';

export interface Retirement {
  readonly calls: number;
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** The months cannot be retired (yet). The message says why. */
export class RetirementRefused extends Error {}

const REFUSED = 'GH001';

/**
 * Drops the calls and contents of all months before `before` (a month's start in UTC). Opening balances keep what they
 * had spent of windows that are still open, the chain goes on from an anchor, the rollups stay.
 * @throws RetirementRefused
 */
export async function retireMonths(dataSource: DataSource, before: Date): Promise<Retirement> {
  await new LedgerSequencer(dataSource).sealAll();
  try {
    const [retired] = await dataSource.query<{ id: string }[]>('SELECT gatehouse_retire($1::timestamptz) AS id', [
      before,
    ]);
    const [row] = await dataSource.query<{ calls: string; tokens: string; cost: string }[]>(
      'SELECT calls, tokens, cost_nano_usd AS cost FROM ledger_retirements WHERE id = $1',
      [retired?.id],
    );
    return { calls: Number(row?.calls), tokens: Number(row?.tokens), costNanoUsd: Number(row?.cost) };
  } catch (error) {
    const cause = error instanceof Error && 'driverError' in error ? error.driverError : error;
    if (sqlState(cause) === REFUSED) throw new RetirementRefused((cause as Error).message, { cause: error });
    throw error;
  }
}
