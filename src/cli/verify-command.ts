import { LedgerVerifier } from '../modules/usage/verification/ledger-verifier.js';
import { withBooks } from './books.js';

/** Prints what does not add up, or one line when everything does. Resolves with the exit code. */
export async function verifyCommand(print: (line: string) => void): Promise<number> {
  const { discrepancies, head, ...looked } = await withBooks((dataSource) => new LedgerVerifier(dataSource).verify());
  const { calls, corrections, windows, rollups, seals } = looked;
  for (const { message } of discrepancies) print(message);
  if (discrepancies.length > 0) return 1;
  print(
    `The books balance: ${calls} calls, ${corrections} corrections, ${windows} windows, ${rollups} rollups, ${seals} seals. ` +
      `Head of the chain: ${head}`,
  );
  return 0;
}
