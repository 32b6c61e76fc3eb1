import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { createDataSource } from '../../src/database/data-source.js';
import { LedgerSequencer } from '../../src/modules/usage/ledger/ledger-sequencer.service.js';
import { RetirementRefused, retireMonths } from '../../src/modules/usage/retention/retire-months.js';
import { LedgerVerifier } from '../../src/modules/usage/verification/ledger-verifier.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { ledgerCommand } from '../support/ledger-command.js';
import { makePartition, month, pastCall } from '../support/past-months.js';
import { Books, Replica, request } from '../support/usage-books.js';

jest.setTimeout(60_000);

let databaseUrl: string;
let books: Books;
let replica: Replica;
let dataSource: DataSource;

beforeEach(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
  dataSource = await createDataSource(databaseUrl).initialize();
});

afterEach(async () => {
  await dataSource.destroy();
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

const call = (user: number, monthsAgo: number, isOrphan = false) =>
  pastCall({ books, replica }, user, monthsAgo, isOrphan);

async function findings(): Promise<string[]> {
  return (await new LedgerVerifier(dataSource).verify()).discrepancies.map(({ message }) => message);
}

async function seal(): Promise<void> {
  await new LedgerSequencer(dataSource).sealAll();
}

it('drops whole months, keeps balances and rollups, and the chain goes on', async () => {
  const partition = await makePartition(books, 'ledger', 2);
  const user = await books.account({ lifetime: 1_000_000 });
  await call(user, 3);
  await call(user, 2);
  await call(user, 2, true);
  await seal();
  await call(user, 1);
  await call(user, 2);
  await seal();
  await call(user, 0);
  const windows = await books.windows(user);
  const rollups = await books.query('SELECT * FROM usage_rollups ORDER BY day, status');
  expect(await findings()).toEqual([]);

  const before = month(1).toISOString().slice(0, 7);
  expect(await ledgerCommand(databaseUrl, 'retire', '--before', before)).toEqual({
    code: 0,
    output: `4 calls with 120 tokens from before ${before} were retired\n`,
  });
  expect(await books.query('SELECT to_regclass($1) AS found', [partition])).toEqual([{ found: null }]);
  expect(await books.ledgerTotals(user)).toMatchObject({ rows: 2, tokens: 60 });
  expect(await books.windows(user)).toEqual(windows);
  expect(await books.query('SELECT * FROM usage_rollups ORDER BY day, status')).toEqual(rollups);
  expect(await findings()).toEqual([]);
  await seal();
  await call(user, 0);
  await seal();
  expect(await findings()).toEqual([]);

  await retireMonths(dataSource, month(0));
  await seal();
  expect(await findings()).toEqual([]);
  expect(await books.windows(user)).toMatchObject([{ spent: 210 }, { spent: 210 }, { spent: 210 }]);
});

it('leaves nothing behind that could be edited unnoticed', async () => {
  const user = await books.account();
  await call(user, 2);
  await call(user, 0);
  await retireMonths(dataSource, month(1));
  await seal();
  expect(await findings()).toEqual([]);
  await books.query('UPDATE ledger_openings SET tokens = tokens + 1');
  const found = await findings();
  expect(found).toContainEqual(expect.stringMatching(/^opening balances of the retirement before .* were changed$/));
  expect(found).toContainEqual(expect.stringMatching(/^window .* tokens spent 60 instead of 61$/));
  await books.query('UPDATE ledger_openings SET tokens = tokens - 1');
  await books.query(`UPDATE ledger_retirements SET anchor_hash = sha256('x')`);
  expect(await findings()).toContainEqual(expect.stringMatching(/^retirement .* was changed$/));
});

it('refuses months that are not over, that are gone, or that have a call in them', async () => {
  const user = await books.account();
  await expect(retireMonths(dataSource, month(-1))).rejects.toThrow(RetirementRefused);
  await expect(retireMonths(dataSource, new Date(month(0).getTime() + 1))).rejects.toThrow(/whole months/);
  await replica.admission.admit(request(user, { requestId: uuidv7({ msecs: month(1).getTime() + 5_000 }) }));
  await expect(retireMonths(dataSource, month(0))).rejects.toThrow(/still running/);
  await books.expireHolds(user);
  await replica.sweeper.sweep();
  await expect(retireMonths(dataSource, month(0))).rejects.toThrow(/waits for its analysis/);
  await books.query('DELETE FROM outbox');
  await retireMonths(dataSource, month(0));
  await expect(retireMonths(dataSource, month(0))).rejects.toThrow(/retired before/);
  expect((await ledgerCommand(databaseUrl, 'retire', '--before', 'May')).code).toBe(2);
});

it('lets calls go on meanwhile', async () => {
  const user = await books.account();
  for (let index = 0; index < 20; index += 1) await call(user, 2);
  const calls = Array.from({ length: 200 }, async () => call(user, 0));
  await Promise.all([...calls, retireMonths(dataSource, month(1))]);
  await seal();
  expect(await findings()).toEqual([]);
  expect(await books.ledgerTotals(user)).toMatchObject({ rows: 200 });
});
