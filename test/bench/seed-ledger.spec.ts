import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { ledgerCommand } from '../support/ledger-command.js';
import { Books } from '../support/usage-books.js';

jest.setTimeout(120_000);

let databaseUrl: string;

beforeEach(async () => {
  databaseUrl = await createDatabase();
});
afterEach(() => dropDatabase(databaseUrl));

function seed(...args: string[]): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    const script = join(process.cwd(), 'bench/seed-ledger.mjs');
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}

it('says in one line that the database is not migrated', async () => {
  const books = await Books.open(databaseUrl);
  await books.query('DROP SCHEMA public CASCADE');
  await books.query('CREATE SCHEMA public');
  await books.close();
  const { code, output } = await seed();
  expect([code, output]).toEqual([1, expect.stringMatching(/^The database is not migrated: .*\n$/)]);
});

it.each([
  [['--seal'], 0],
  [[], 1],
])('fills books with which verify ends, given %j, with the exit code %i', async (more, code) => {
  expect(await seed('--rows', '130', '--accounts', '3', ...more)).toMatchObject({ code: 0 });
  expect(await ledgerCommand(databaseUrl, 'verify')).toMatchObject({ code });
});
