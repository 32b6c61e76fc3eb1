import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createDatabase, createEmptyDatabase, dropDatabase } from '../support/databases.js';
import { ledgerCommand } from '../support/ledger-command.js';

jest.setTimeout(120_000);

function seed(databaseUrl: string, ...args: string[]): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    const script = join(process.cwd(), 'bench/seed-ledger.mjs');
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}

it('says in one line that the database is not migrated', async () => {
  const databaseUrl = await createEmptyDatabase();
  const { code, output } = await seed(databaseUrl);
  expect([code, output]).toEqual([1, expect.stringMatching(/^The database is not migrated: .*\n$/)]);
  await dropDatabase(databaseUrl);
});

it.each([
  [['--seal'], 0],
  [[], 1],
])('fills books with which verify ends, given %j, with the exit code %i', async (more, code) => {
  const databaseUrl = await createDatabase();
  expect(await seed(databaseUrl, '--rows', '130', '--accounts', '3', ...more)).toMatchObject({ code: 0 });
  expect(await ledgerCommand(databaseUrl, 'verify')).toMatchObject({ code });
  await dropDatabase(databaseUrl);
});
