import { EmbeddedServerError } from '../common/supervision/embedded-server-error.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { UsageError } from './usage-error.js';

const EXPECTED = [ConfigurationError, EmbeddedServerError, UsageError];

/** Runs a command with the process's arguments. What went wrong is one line and exit code 2, unless it is a fault of ours. */
export async function runCli(run: (args: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    const expected = EXPECTED.some((kind) => error instanceof kind);
    process.stderr.write(`${expected ? (error as Error).message : (error as Error).stack}\n`);
    process.exitCode = 2;
  }
}
