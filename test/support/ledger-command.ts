import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Ended {
  code: number | string;
  output: string;
}

/** Runs `npm run <name> -- <args>` on a database, as an operator does, but for the build. */
export function operatorCommand(name: 'ledger' | 'quota', databaseUrl: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    const cli = join(process.cwd(), `dist/src/cli/${name}.js`);
    execFile(process.execPath, [cli, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}

export const ledgerCommand = (databaseUrl: string, ...args: string[]): Promise<Ended> =>
  operatorCommand('ledger', databaseUrl, ...args);
