import 'reflect-metadata';
import { REPRICE_USAGE, repriceCommand } from './reprice-command.js';
import { RETIRE_USAGE, retireCommand } from './retire-command.js';
import { runCli } from './run-cli.js';
import { UsageError } from './usage-error.js';
import { verifyCommand } from './verify-command.js';

const USAGE = `Usage: npm run ledger -- <command>
  verify
           recompute windows, balances, rollups and the hash chain from the ledger's rows; exit code 1 if anything differs
${REPRICE_USAGE}
${RETIRE_USAGE}`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

await runCli(async ([command, ...args]) => {
  switch (command) {
    case 'verify':
      return verifyCommand(print);
    case 'reprice':
      return repriceCommand(args, print);
    case 'retire':
      return retireCommand(args, print);
    default:
      throw new UsageError(USAGE);
  }
});
