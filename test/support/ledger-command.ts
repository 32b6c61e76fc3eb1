import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** Runs `npm run ledger -- <args>` on a database, as an operator does, but for the build. */
export function ledgerCommand(
  databaseUrl: string,
  ...args: string[]
): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    const cli = join(process.cwd(), 'dist/src/cli/ledger.js');
    execFile(process.execPath, [cli, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}
