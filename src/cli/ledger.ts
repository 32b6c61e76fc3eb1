import 'reflect-metadata';
import { runCli } from './run-cli.js';
import { UsageError } from './usage-error.js';
import { verifyCommand } from './verify-command.js';

const USAGE = `Usage: npm run ledger -- <command>
  verify   recompute windows, balances, rollups and the hash chain from the ledger's rows; exit code 1 if anything differs`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

await runCli(async ([command]) => {
  switch (command) {
    case 'verify':
      return verifyCommand(print);
    default:
      throw new UsageError(USAGE);
  }
});
