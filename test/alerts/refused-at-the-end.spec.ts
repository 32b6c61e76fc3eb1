import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { DatabaseTime } from '../support/database-time.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { AlertWorker, WEBHOOK_SECRET } from '../support/money-watch.js';
import { Books, ended, Replica, request, type TestLimits } from '../support/usage-books.js';

jest.setTimeout(60_000);

const WEBHOOK = { ALERT_WEBHOOK_URL: 'http://127.0.0.1:1/', ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET };
const EVENING = '2030-05-10 20:00Z';
const LAST_SECOND = '2030-05-10 23:59:59Z';
const NEXT_DAY = '2030-05-11 00:00:04Z';
const DAILY = 'Daily token limit of the account: 90 % used, calls are refused';

let databaseUrl: string;
let time: DatabaseTime;
let books: Books;
let replicas: Replica[];
let dataSource: DataSource;
let worker: AlertWorker;

/** Two replicas and a worker, in the evening. */
beforeEach(async () => {
  databaseUrl = await createDatabase();
  time = await DatabaseTime.install(databaseUrl);
  await time.set(EVENING);
  books = await Books.open(databaseUrl);
  replicas = [new Replica(databaseUrl), new Replica(databaseUrl)];
  dataSource = await createDataSource(databaseUrl).initialize();
  worker = new AlertWorker(dataSource, WEBHOOK);
});

afterEach(async () => {
  await worker.close();
  await dataSource.destroy();
  await Promise.all(replicas.map((replica) => replica.close()));
  await books.close();
  await time.close();
  await dropDatabase(databaseUrl);
});

/** An account that has used 90 tokens. */
async function used90(limits: TestLimits): Promise<number> {
  const user = await books.account(limits);
  await use(user, 90);
  return user;
}

async function use(user: number, tokens: number): Promise<void> {
  const call = request(user, { promptTokensReserved: 1, completionTokensWanted: tokens });
  const hold = await replicas[0].admission.admit(call);
  await replicas[0].settlement.settle(hold, ended(hold, 0, tokens));
}

async function refuse(user: number, replica = replicas[0]): Promise<void> {
  const call = request(user, { promptTokensReserved: 50 });
  await expect(replica.admission.admit(call)).rejects.toMatchObject({ kind: 'quota_exceeded' });
}

async function alertsOf(user: number): Promise<string[]> {
  const rows = await books.query<{ title: string }>(
    `SELECT title FROM operator_alerts WHERE user_id = $1 AND severity = 'critical' ORDER BY id`,
    [user],
  );
  return rows.map(({ title }) => title);
}

async function writeAndLook(): Promise<void> {
  for (const { refusals } of replicas) await refusals.write();
  await worker.watch.watch();
}

it('a refusal in the last second of a day that is written and looked at in the next one is told, once', async () => {
  const user = await used90({ day: 100 });
  await time.set(LAST_SECOND);
  for (const replica of replicas) await refuse(user, replica);
  await time.set(NEXT_DAY);
  await writeAndLook();
  await writeAndLook();
  expect(await alertsOf(user)).toEqual([DAILY]);
  const [{ detail }] = await books.query<{ detail: object }>(
    `SELECT detail FROM operator_alerts WHERE severity = 'critical'`,
  );
  expect(detail).toMatchObject({ used: 90, limit: 100, refusing: true, resets_at: '2030-05-11T00:00:00.000Z' });
  expect(await books.query('SELECT 1 FROM window_refusals')).toEqual([]);
});

it('one that was told in its own day is not told again in the next', async () => {
  const user = await used90({ day: 100 });
  await refuse(user);
  await writeAndLook();
  await time.set(LAST_SECOND);
  await refuse(user, replicas[1]);
  await time.set(NEXT_DAY);
  await writeAndLook();
  expect(await alertsOf(user)).toEqual([DAILY]);
});

it.each([
  ['one process', 0],
  ['two processes', 1],
])('the first refusal of the next day does not take the place of it, seen by %s', async (_, second) => {
  const user = await used90({ day: 100 });
  await time.set(LAST_SECOND);
  await refuse(user);
  if (second === 1) await replicas[0].refusals.write();
  await time.set(NEXT_DAY);
  await use(user, 90);
  await refuse(user, replicas[second]);
  await writeAndLook();
  expect(await alertsOf(user)).toEqual([DAILY, DAILY]);
});

it('a refusal of the next day is told although the same limit was noted within the minute before', async () => {
  const user = await used90({ day: 100 });
  await time.set(LAST_SECOND);
  await refuse(user);
  await writeAndLook();
  await time.set(NEXT_DAY);
  await use(user, 90);
  await refuse(user);
  await writeAndLook();
  expect(await alertsOf(user)).toEqual([DAILY, DAILY]);
});

it('the last second of a month, of a cost and of a key count as well', async () => {
  await time.set('2030-05-31 23:59:50Z');
  const monthly = await used90({ month: 100 });
  const spender = await used90({ costDay: 40_000 });
  const owner = await books.account();
  const key = await books.key(owner, { day: 100 });
  const hold = await replicas[0].admission.admit(
    request(owner, { apiKeyId: key, promptTokensReserved: 1, completionTokensWanted: 90 }),
  );
  await replicas[0].settlement.settle(hold, ended(hold, 0, 90));
  await refuse(monthly);
  await expect(replicas[0].admission.admit(request(spender, { promptTokensReserved: 500 }))).rejects.toThrow(
    /exceeded/,
  );
  await expect(
    replicas[0].admission.admit(request(owner, { apiKeyId: key, promptTokensReserved: 50 })),
  ).rejects.toThrow(/exceeded/);
  await time.set('2030-06-01 00:00:04Z');
  await writeAndLook();
  expect(await alertsOf(monthly)).toEqual(['Monthly token limit of the account: 90 % used, calls are refused']);
  expect(await alertsOf(spender)).toEqual(['Daily cost limit of the account: 90 % used, calls are refused']);
  expect(await alertsOf(owner)).toEqual([`Daily token limit of the key ${key}: 90 % used, calls are refused`]);
});

it('nothing is told of a call that was too large, nor of a day that was begun anew since', async () => {
  const [large, reset] = [await books.account({ day: 1_000 }), await used90({ day: 100 })];
  await use(large, 90);
  await time.set(LAST_SECOND);
  const call = request(large, { promptTokensReserved: 2_000 });
  await expect(replicas[0].admission.admit(call)).rejects.toThrow(/exceeded/);
  await refuse(reset);
  await books.query('SELECT gatehouse_reset_quotas(1::smallint, $1::int[], NULL, NULL)', [[reset]]);
  await use(reset, 1);
  await time.set(NEXT_DAY);
  await writeAndLook();
  expect(await alertsOf(large)).toEqual([]);
  expect(await alertsOf(reset)).toEqual([]);
});
