import { parseArgs } from 'node:util';
import { RetirementRefused, retireMonths } from '../modules/usage/retention/retire-months.js';
import { withBooks } from './books.js';
import { UsageError } from './usage-error.js';

export const RETIRE_USAGE = `  retire --before YYYY-MM
           drop the calls and contents of all months before this one; opening balances, an anchor of the hash chain
           and the daily rollups stay`;

/** Resolves with the exit code: 1 when the months cannot be retired yet. */
export async function retireCommand(args: string[], print: (line: string) => void): Promise<number> {
  const before = monthOf(args);
  try {
    const { calls, tokens } = await withBooks((dataSource) =>
      retireMonths(dataSource, new Date(`${before}-01T00:00:00Z`)),
    );
    print(`${calls} calls with ${tokens} tokens from before ${before} were retired`);
    return 0;
  } catch (error) {
    if (!(error instanceof RetirementRefused)) throw error;
    print(`Nothing was retired: ${error.message}`);
    return 1;
  }
}

/** @throws UsageError */
function monthOf(args: string[]): string {
  const { before } = parse(args);
  if (before !== undefined && /^\d{4}-(0[1-9]|1[0-2])$/.test(before)) return before;
  throw new UsageError(`--before must be a month: YYYY-MM\nUsage: npm run ledger -- <command>\n${RETIRE_USAGE}`);
}

function parse(args: string[]): { before?: string } {
  try {
    return parseArgs({ args, options: { before: { type: 'string' } } }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nUsage: npm run ledger -- <command>\n${RETIRE_USAGE}`);
  }
}
