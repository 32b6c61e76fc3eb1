import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { Config } from '../../src/config/config.js';
import { Environment } from '../../src/config/environment.js';
import { createDataSource } from '../../src/database/data-source.js';
import { UpkeepRuns } from '../../src/modules/usage/periods/upkeep-runs.repository.js';
import { RetentionTurns } from '../../src/modules/usage/retention/retention-turns.service.js';
import { RetentionService } from '../../src/modules/usage/retention/retention.service.js';
import { DatabaseTime } from '../support/database-time.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { AlertWorker } from '../support/money-watch.js';
import { makePartition, month, pastCall, requestIdOf } from '../support/past-months.js';
import { Books, Replica, request } from '../support/usage-books.js';

jest.setTimeout(120_000);

const MINUTE_MS = 60_000;
/** Of the month that runs: what follows takes some hours. */
const MORNING = new Date(month(0).getTime() + 14 * 24 * 60 * MINUTE_MS);

interface Run {
  failures: number;
  retryAt: Date | null;
}

let databaseUrl: string;
let time: DatabaseTime;
let books: Books;
let replica: Replica;
let dataSources: DataSource[];
let workers: AlertWorker[];
let turns: RetentionTurns[];
let user: number;
let lapsed: string;

/** Two workers that keep two months of calls, and a call of an earlier month that goes on. */
beforeEach(async () => {
  databaseUrl = await createDatabase();
  time = await DatabaseTime.install(databaseUrl);
  await time.set(MORNING.toISOString());
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
  dataSources = await Promise.all([1, 2].map(() => createDataSource(databaseUrl).initialize()));
  workers = dataSources.map((dataSource) => new AlertWorker(dataSource));
  const env = Object.assign(new Environment(), { LEDGER_RETENTION_MONTHS: 2 });
  const config = new Config(env, { databaseUrl, redisUrl: undefined }, 'secret');
  turns = dataSources.map(
    (dataSource, index) =>
      new RetentionTurns(new RetentionService(dataSource, config), new UpkeepRuns(dataSource), workers[index].alerts),
  );
  user = await books.account();
  lapsed = await makePartition(books, 'ledger', 3);
  await pastCall({ books, replica }, user, 3);
  await replica.admission.admit(request(user, { requestId: requestIdOf(3) }));
  await books.query(`UPDATE holds SET expires_at = 'infinity'`);
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
  await replica.close();
  await books.close();
  await time.close();
  await dropDatabase(databaseUrl);
});

/** Both workers look whether it is their turn. */
async function look(at: Date): Promise<Run> {
  await time.set(at.toISOString());
  await Promise.all(turns.map((turn) => turn.takeIfDue()));
  const [run] = await books.query<Run>(
    `SELECT failures, retry_at AS "retryAt" FROM upkeep_runs WHERE name = 'retention'`,
  );
  return run;
}

const later = (at: Date | null, ms: number): Date => new Date((at ?? new Date(NaN)).getTime() + ms);

/** A look that fails at a time, and how many minutes later the next one is due. */
async function failAt(at: Date): Promise<{ run: Run; minutes: number }> {
  const run = await look(at);
  return { run, minutes: (later(run.retryAt, 0).getTime() - at.getTime()) / MINUTE_MS };
}

async function isThere(partition: string): Promise<boolean> {
  const [{ found }] = await books.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [partition]);
  return found !== null;
}

const alerts = () =>
  books.query<{ description: string; occurrences: number }>(
    `SELECT description, occurrences FROM operator_alerts WHERE kind = 'retention_stuck'`,
  );

async function endTheCall(): Promise<void> {
  await books.expireHolds(user);
  await replica.sweeper.sweep();
  await books.query('DELETE FROM outbox');
}

it('a refused retention is tried again after 1, 2, 4 … 60 minutes by one of two workers, and an operator is told when it goes on', async () => {
  let at = MORNING;
  let failures = 0;
  for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const { run, minutes } = await failAt(at);
    failures += 1;
    expect([wait, run.failures]).toEqual([wait, failures]);
    // What the try itself took comes on top.
    expect(minutes).toBeGreaterThanOrEqual(wait);
    expect(minutes).toBeLessThan(1.9 * wait);
    expect((await look(later(run.retryAt, -MINUTE_MS / 2))).failures).toBe(failures);
    expect(await alerts()).toHaveLength(failures < 7 ? 0 : 1);
    at = later(run.retryAt, 1_000);
  }
  expect(await alerts()).toEqual([
    {
      occurrences: 2,
      description:
        '8 tries in a row failed. The last time: calls that have lapsed cannot be retired yet: a call of those months is still running.',
    },
  ]);
  expect(await isThere(lapsed)).toBe(true);

  await endTheCall();
  expect(await look(at)).toEqual({ failures: 0, retryAt: null });
  expect(await isThere(lapsed)).toBe(false);
});

it('after a retry that did it the next turn is an hour later, and its failure begins at a minute again', async () => {
  const { run } = await failAt(MORNING);
  await endTheCall();
  const done = later(run.retryAt, 1_000);
  expect(await look(done)).toEqual({ failures: 0, retryAt: null });

  const next = await makePartition(books, 'ledger', 4);
  expect(await look(later(done, 30 * MINUTE_MS))).toEqual({ failures: 0, retryAt: null });
  const { run: failed, minutes } = await failAt(later(done, 65 * MINUTE_MS));
  expect([failed.failures, Math.floor(minutes)]).toEqual([1, 1]);
  expect(await isThere(next)).toBe(true);
  expect(await alerts()).toEqual([]);
});

it('trouble that is not known here is tried again as well, and no text of the database is told', async () => {
  await books.query('ALTER FUNCTION gatehouse_retire(timestamptz) RENAME TO elsewhere');
  let at = MORNING;
  for (let failures = 1; failures <= 7; failures += 1) {
    const { run } = await failAt(at);
    expect(run.failures).toBe(failures);
    at = later(run.retryAt, 1_000);
  }
  expect(await alerts()).toEqual([
    { occurrences: 1, description: '7 tries in a row failed. The last time: Postgres failed: see the log.' },
  ]);
});
