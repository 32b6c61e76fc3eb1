import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { AlertWorker, WEBHOOK_SECRET } from '../support/money-watch.js';
import { enterPastCalls } from '../support/past-calls.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

const WEBHOOK = { ALERT_WEBHOOK_URL: 'http://127.0.0.1:1/', ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET };
const USD = 1_000_000_000;

let databaseUrl: string;
let books: Books;
let replicas: Replica[];
let dataSources: DataSource[];
let workers: AlertWorker[];

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replicas = [new Replica(databaseUrl), new Replica(databaseUrl)];
  dataSources = await Promise.all([1, 2].map(() => createDataSource(databaseUrl).initialize()));
  workers = dataSources.map((dataSource) => new AlertWorker(dataSource, WEBHOOK));
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await Promise.all(replicas.map((replica) => replica.close()));
  await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
  await books.close();
  await dropDatabase(databaseUrl);
});

async function use(user: number, tokens: number, change: Parameters<typeof request>[1] = {}): Promise<void> {
  const hold = await replicas[0].admission.admit(request(user, { promptTokensReserved: 1, ...change }));
  await replicas[0].settlement.settle(hold, ended(hold, 0, tokens));
}

/** Both workers, several times, at once. */
async function workAll(): Promise<void> {
  await Promise.all(replicas.map(({ refusals }) => refusals.write()));
  await Promise.all([...workers, ...workers].map((worker) => worker.work()));
  await Promise.all(workers.map((worker) => worker.watch.watch()));
}

async function alertsOf(user: number): Promise<string[]> {
  const rows = await books.query<{ title: string }>(
    'SELECT title FROM operator_alerts WHERE user_id = $1 ORDER BY id',
    [user],
  );
  return rows.map(({ title }) => title);
}

/** Events that were written for alerts about this account. */
async function eventsOf(user: number): Promise<number> {
  const rows = await books.query(
    `SELECT 1 FROM webhook_deliveries WHERE (body::jsonb #>> '{alert,user_id}')::int = $1`,
    [user],
  );
  return rows.length;
}

describe('alerts on limits', () => {
  it('come once for each window and threshold, with one event each, whoever of two workers looks', async () => {
    const user = await books.account({ day: 1_000 });
    const title = (percent: number) => `Daily token limit of the account: ${percent} % used`;
    await use(user, 400);
    await workAll();
    expect(await alertsOf(user)).toEqual([]);
    await use(user, 100);
    await workAll();
    await workAll();
    expect(await alertsOf(user)).toEqual([title(50)]);
    await use(user, 100);
    await workAll();
    expect(await alertsOf(user)).toEqual([title(50)]);
    await use(user, 200);
    await workAll();
    expect(await alertsOf(user)).toEqual([title(50), title(80)]);
    await use(user, 200);
    await workAll();
    expect(await alertsOf(user)).toEqual([title(50), title(80), title(100)]);
    expect(await eventsOf(user)).toBe(3);
    const occurrences = await books.query('SELECT occurrences FROM operator_alerts WHERE user_id = $1', [user]);
    expect(occurrences).toEqual([{ occurrences: 1 }, { occurrences: 1 }, { occurrences: 1 }]);
  });

  it('come for many accounts at once, each exactly once, from two workers in a race', async () => {
    const users = await Promise.all(Array.from({ length: 40 }, () => books.account({ month: 100 })));
    await Promise.all(users.map((user) => use(user, 85, { completionTokensWanted: 90 })));
    await Promise.all(Array.from({ length: 10 }, (_, index) => workers[index % 2].work()));
    await workAll();
    const counts = await Promise.all(users.map(async (user) => [(await alertsOf(user)).length, await eventsOf(user)]));
    expect(counts).toEqual(users.map(() => [1, 1]));
  });

  it('tell of the highest threshold only when several are passed at once, and of nothing lower afterwards', async () => {
    const user = await books.account({ lifetime: 1_000 });
    await use(user, 900, { completionTokensWanted: 900 });
    await workAll();
    await workAll();
    expect(await alertsOf(user)).toEqual(['Lifetime token limit of the account: 80 % used']);
  });

  it('look at keys, tasks, costs and the installation as well', async () => {
    const user = await books.account({ costDay: 100_000 });
    const key = await books.key(user, { day: 200 });
    await books.limit(user, 3, 9, { day: 125 });
    await books.query('UPDATE installation SET cost_per_day_nano_usd = 1000000000');
    await use(user, 100, { apiKeyId: key, taskId: 9 });
    await workAll();
    expect((await alertsOf(user)).sort()).toEqual([
      `Daily token limit of the key ${key}: 50 % used`,
      'Daily token limit of the task 9: 80 % used',
    ]);
    await use(user, 25, { apiKeyId: null, taskId: null, completionTokensWanted: 30 });
    await workAll();
    expect(await alertsOf(user)).toContain('Daily cost limit of the account: 50 % used');
    await books.query(`UPDATE quota_windows SET spent_nano_usd = 810000000 WHERE subject = 0`);
    await use(user, 1);
    await workAll();
    const installation = await books.query<{ title: string }>(
      `SELECT title, user_id FROM operator_alerts WHERE kind = 'limit_reached' AND user_id IS NULL`,
    );
    expect(installation).toEqual([{ title: 'Daily cost limit of the installation: 80 % used', user_id: null }]);
    await books.query('UPDATE installation SET cost_per_day_nano_usd = NULL');
  });

  it('come at 100 % when what is left is too little for the calls, once, however many are refused by two replicas', async () => {
    const user = await books.account({ day: 1_000, costDay: 1_000_000 });
    await use(user, 960, { completionTokensWanted: 960 });
    await workAll();
    const refuse = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const call = request(user, { promptTokensReserved: 50 });
          await expect(replicas[index % 2].admission.admit(call)).rejects.toMatchObject({ kind: 'quota_exceeded' });
        }),
      );
    await refuse(40);
    const waiting = () => books.query('SELECT * FROM window_refusals WHERE user_id = $1', [user]);
    expect(await waiting()).toEqual([]);
    await Promise.all(replicas.map(({ refusals }) => refusals.write()));
    expect(await waiting()).toHaveLength(1);
    await workAll();
    await refuse(10);
    await workAll();
    expect(await alertsOf(user)).toEqual([
      'Daily token limit of the account: 80 % used',
      'Daily token limit of the account: 96 % used, calls are refused',
    ]);
    expect(await eventsOf(user)).toBe(2);
    expect(await waiting()).toEqual([]);

    // What was left goes as well: that was told.
    await use(user, 40, { promptTokensReserved: 1, completionTokensWanted: 39 });
    await workAll();
    expect(await alertsOf(user)).toHaveLength(2);
  });

  it('come at 100 % of a cost, of a key, a task and the installation, when these refuse', async () => {
    const spender = await books.account({ costDay: 400_000 });
    // 2300 tokens at 400 nano-dollars would cost more than what is left of everybody's day.
    await use(spender, 900, { completionTokensWanted: 950 });
    const user = await books.account();
    const key = await books.key(user, { day: 100 });
    await books.limit(user, 3, 9, { day: 100 });
    await use(user, 90, { apiKeyId: key, taskId: 9, completionTokensWanted: 90 });
    for (const [userId, change] of [
      [spender, { promptTokensReserved: 500 }],
      [user, { apiKeyId: key }],
      [user, { taskId: 9 }],
    ] as const) {
      await expect(replicas[0].admission.admit(request(userId, change))).rejects.toThrow(/exceeded/);
    }
    await workAll();
    // What the entries alone say may have been told just before.
    expect((await alertsOf(spender)).at(-1)).toBe('Daily cost limit of the account: 90 % used, calls are refused');
    expect(await alertsOf(user)).toEqual(
      expect.arrayContaining([
        `Daily token limit of the key ${key}: 90 % used, calls are refused`,
        'Daily token limit of the task 9: 90 % used, calls are refused',
      ]),
    );

    await books.query('UPDATE installation SET cost_per_day_nano_usd = 1000000000');
    await use(spender, 1);
    await books.query('UPDATE quota_windows SET spent_nano_usd = 999999990 WHERE subject = 0 AND ends_at > now()');
    await expect(replicas[1].admission.admit(request(user))).rejects.toThrow(/installation exceeded/);
    await workAll();
    const installation = await books.query<{ title: string }>(
      `SELECT title FROM operator_alerts WHERE dedup_key LIKE 'limit:0:%:100'`,
    );
    expect(installation).toEqual([{ title: 'Daily cost limit of the installation: 99 % used, calls are refused' }]);
    await books.query('UPDATE installation SET cost_per_day_nano_usd = NULL');
  });

  it('do not come for a call that is larger than half of what is left, nor for a limit that was raised since', async () => {
    const [large, raised] = [await books.account({ day: 1_000 }), await books.account({ day: 1_000 })];
    await use(large, 100);
    await use(raised, 960, { completionTokensWanted: 960 });
    await workAll();
    for (const user of [large, raised]) {
      const call = request(user, { promptTokensReserved: 2_000 });
      await expect(replicas[0].admission.admit(call)).rejects.toThrow(/exceeded/);
    }
    await books.query('UPDATE quota_accounts SET tokens_per_day = 1100 WHERE user_id = $1', [raised]);
    await workAll();
    expect(await alertsOf(large)).toEqual([]);
    expect(await alertsOf(raised)).toEqual(['Daily token limit of the account: 80 % used']);
  });

  it('come again in a fresh window', async () => {
    const user = await books.account({ day: 100 });
    await use(user, 60, { completionTokensWanted: 60 });
    await workAll();
    await books.query('SELECT gatehouse_reset_quotas(1::smallint, $1::int[], NULL, NULL)', [[user]]);
    await use(user, 60, { completionTokensWanted: 60 });
    await workAll();
    expect(await alertsOf(user)).toHaveLength(2);
  });

  it('and their event are written together or not at all', async () => {
    const user = await books.account({ day: 100 });
    await use(user, 60, { completionTokensWanted: 60 });
    await books.query('ALTER TABLE webhook_deliveries RENAME TO elsewhere');
    await expect(workers[0].work()).rejects.toThrow();
    expect(await alertsOf(user)).toEqual([]);
    await books.query('ALTER TABLE elsewhere RENAME TO webhook_deliveries');
    await workAll();
    expect([await alertsOf(user), await eventsOf(user)]).toEqual([expect.any(Array), 1]);
  });
});

describe('alerts on spending', () => {
  it('come once a day for an account whose day is far from its last fourteen', async () => {
    const [odd, steady] = [await books.account(), await books.account()];
    const now = Date.now();
    const day = (ago: number) => new Date(now - ago * 86_400_000).toISOString();
    const calls = [odd, steady].flatMap((userId) =>
      Array.from({ length: 14 }, (_, index) => ({ userId, at: day(index + 1), costNanoUsd: 2 * USD })),
    );
    await enterPastCalls(books, [
      ...calls,
      { userId: odd, at: day(0), costNanoUsd: 9 * USD },
      { userId: steady, at: day(0), costNanoUsd: 3 * USD },
    ]);
    await workAll();
    await enterPastCalls(books, [{ userId: odd, at: day(0), costNanoUsd: 9 * USD }]);
    await workAll();
    expect(await alertsOf(steady)).toEqual([]);
    expect(await alertsOf(odd)).toEqual(['Unusual spending of an account']);
    expect(await eventsOf(odd)).toBe(1);
    const [{ description }] = await books.query<{ description: string }>(
      'SELECT description FROM operator_alerts WHERE user_id = $1',
      [odd],
    );
    expect(description).toMatch(/^9\.00 USD so far on .*more than 3\.50 USD is unusual after 2\.00 USD a day/);
  });

  it('come for everybody together, once, from two workers', async () => {
    const user = await books.account();
    await enterPastCalls(books, [{ userId: user, at: new Date().toISOString(), costNanoUsd: 90_000 * USD }]);
    await Promise.all([...workers, ...workers].map((worker) => worker.watch.watchInstallation()));
    expect(
      await books.query(
        `SELECT title, occurrences FROM operator_alerts WHERE kind = 'spend_anomaly' AND user_id IS NULL`,
      ),
    ).toEqual([{ title: 'Unusual spending of all accounts together', occurrences: 1 }]);
  });
});

describe('alerts on operation', () => {
  const alert = { kind: 'something_odd', dedupKey: 'something_odd:1', severity: 'warning', detail: {} } as const;
  const events = () => books.query(`SELECT 1 FROM webhook_deliveries WHERE body LIKE '%something_odd%'`);

  it('count on while they are active, and are raised anew a day after somebody dealt with them', async () => {
    await Promise.all(workers.map((worker) => worker.alerts.raise(alert)));
    await workers[0].alerts.raise(alert);
    expect(await books.query(`SELECT occurrences, title FROM operator_alerts WHERE kind = 'something_odd'`)).toEqual([
      { occurrences: 3, title: null },
    ]);
    expect(await events()).toHaveLength(1);
    await books.query(
      `UPDATE operator_alerts SET status = 'resolved', reviewed_at = now() WHERE kind = 'something_odd'`,
    );
    await workers[0].alerts.raise(alert);
    expect(await events()).toHaveLength(1);
    await books.query(
      `UPDATE operator_alerts SET reviewed_at = now() - interval '2 days' WHERE kind = 'something_odd'`,
    );
    await workers[1].alerts.raise(alert);
    expect(await events()).toHaveLength(2);
    expect(await books.query(`SELECT status FROM operator_alerts WHERE kind = 'something_odd'`)).toEqual([
      { status: 'active' },
    ]);
  });

  it('that a statement of the request path wrote are told once as well, by whoever of two workers comes first', async () => {
    await books.query(
      `INSERT INTO operator_alerts (kind, dedup_key, severity) VALUES ('written_by_hand', 'written_by_hand', 'warning')`,
    );
    await Promise.all([...workers, ...workers].map((worker) => worker.watch.announceWritten()));
    const told = await books.query<{ body: string }>(
      `SELECT body FROM webhook_deliveries WHERE body LIKE '%written_by_hand%'`,
    );
    expect(told.map(({ body }) => (JSON.parse(body) as { alert: unknown }).alert)).toEqual([
      expect.objectContaining({ alert_type: 'written_by_hand', title: 'written by hand', severity: 'warning' }),
    ]);
  });
});
