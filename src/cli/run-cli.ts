import { DomainError } from '../common/errors/domain-error.js';
import { EmbeddedServerError } from '../common/supervision/embedded-server-error.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { UsageError } from './usage-error.js';

const EXPECTED = [ConfigurationError, DomainError, EmbeddedServerError, UsageError];

/**
 * Runs a command with the process's arguments. What went wrong is one line, unless it is a fault of ours. Exit code 1: the
 * command was understood, but the books have no such thing or forbid it; 2: everything else.
 */
export async function runCli(run: (args: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    const expected = EXPECTED.some((kind) => error instanceof kind);
    process.stderr.write(`${expected ? (error as Error).message : (error as Error).stack}\n`);
    process.exitCode = error instanceof DomainError ? 1 : 2;
  }
}
