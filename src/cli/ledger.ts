import 'reflect-metadata';
import { EmbeddedServerError } from '../common/supervision/embedded-server-error.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { UsageError } from './usage-error.js';
import { verifyCommand } from './verify-command.js';

const USAGE = `Usage: npm run ledger -- <command>
  verify   recompute windows, rollups and the hash chain from the ledger's rows; exit code 1 if anything differs`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function run([command]: string[]): Promise<number> {
  switch (command) {
    case 'verify':
      return verifyCommand(print);
    default:
      throw new UsageError(USAGE);
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const expected = [ConfigurationError, EmbeddedServerError, UsageError].some((kind) => error instanceof kind);
  process.stderr.write(`${expected ? (error as Error).message : (error as Error).stack}\n`);
  process.exitCode = 2;
}
