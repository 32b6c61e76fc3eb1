import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { PeriodClosingService } from '../../src/modules/usage/periods/period-closing.service.js';
import { DatabaseTime } from '../support/database-time.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

jest.setTimeout(60_000);

let databaseUrl: string;
let time: DatabaseTime;
let books: Books;
let replica: Replica;
let dataSource: DataSource;
let user: number;

/** An account with its day and month of the tenth of May, in UTC, in which 30 tokens were used. */
beforeEach(async () => {
  databaseUrl = await createDatabase();
  time = await DatabaseTime.install(databaseUrl);
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
  dataSource = await createDataSource(databaseUrl).initialize();
  user = await books.account();
  await time.set('2030-05-10 23:00Z');
  await use(30);
});

afterEach(async () => {
  await dataSource.destroy();
  await replica.close();
  await books.close();
  await time.close();
  await dropDatabase(databaseUrl);
});

async function use(tokens: number): Promise<void> {
  const hold = await replica.admission.admit(request(user));
  await replica.settlement.settle(hold, ended(hold, 0, tokens));
}

const close = (): Promise<number> => new PeriodClosingService(dataSource).closeAll();

const statements = (): Promise<object[]> =>
  books.query(
    `SELECT period, starts_at, ends_at, requests::int, tokens::int FROM period_statements WHERE user_id = $1 ORDER BY ends_at`,
    [user],
  );

it('a period is closed no sooner than five seconds after its end, by the clock of the database', async () => {
  for (const [now, closed] of [
    ['2030-05-10 23:59:59Z', 0],
    ['2030-05-11 00:00:00Z', 0],
    ['2030-05-11 00:00:03Z', 0],
    ['2030-05-11 00:00:06Z', 1],
    ['2030-05-11 00:01:00Z', 0],
  ] as const) {
    await time.set(now);
    expect([now, await close()]).toEqual([now, closed]);
  }
  expect(await statements()).toEqual([
    {
      period: 1,
      starts_at: new Date('2030-05-10T00:00Z'),
      ends_at: new Date('2030-05-11T00:00Z'),
      requests: 1,
      tokens: 30,
    },
  ]);
});

it('a change of the time zone just before midnight, committed just after it, still lengthens the day before it is closed', async () => {
  const other = new Client({ connectionString: databaseUrl });
  await other.connect();
  try {
    await time.set('2030-05-10 23:59:59Z');
    await other.query('BEGIN');
    await other.query(`SELECT gatehouse_change_time_zone($1, 'America/New_York')`, [user]);
    await time.set('2030-05-11 00:00:01Z');
    expect(await close()).toBe(0);
    await other.query('COMMIT');
  } finally {
    await other.end();
  }

  await time.set('2030-05-11 00:00:06Z');
  expect(await close()).toBe(0);
  await use(12);
  await time.set('2030-05-11 04:00:06Z');
  expect(await close()).toBe(1);
  expect(await statements()).toEqual([
    {
      period: 1,
      starts_at: new Date('2030-05-10T00:00Z'),
      ends_at: new Date('2030-05-11T04:00Z'),
      requests: 2,
      tokens: 42,
    },
  ]);
});
