import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDataSource } from '../../src/database/data-source.js';
import { displayPrefix, generateKey, hashKey } from '../../src/modules/api-keys/api-key-format.js';
import { ApiClient } from '../support/api-client.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { KillStorm, PhoenixServer } from '../support/kill-storm.js';
import { ledgerCommand } from '../support/ledger-command.js';
import { numberBilled, NumberedLoad, tokensOf } from '../support/numbered-load.js';
import { END_CLAIMS } from '../support/outbox-claims.js';
import { seededRandom } from '../support/random.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { Books } from '../support/usage-books.js';
import { ServerProcess, temporaryDirectory } from './embedded-server-harness.js';

/** The whole storm takes two minutes: `KILL_TEST_SECONDS=120 npx jest --selectProjects end-to-end test/faults/kill-storm`. */
const SECONDS = Number(process.env['KILL_TEST_SECONDS'] ?? 20);
const SEED = Number(process.env['KILL_TEST_SEED'] ?? Date.now() % 1_000_000);
const ACCOUNTS = 4;
const LANES = 12;
const JWT_SECRET = 'a-jwt-secret-of-the-tests-0123456789-abcdefgh';

jest.setTimeout((SECONDS + 180) * 1_000);

interface BillRow {
  userId: number;
  status: string;
  usageSource: string;
  promptTokens: number;
  completionTokens: number;
  corrected: boolean;
}

const BILLS = `
  SELECT l.user_id AS "userId", l.status, l.usage_source AS "usageSource", c.request_id IS NOT NULL AS corrected,
         l.prompt_tokens + coalesce(c.prompt_tokens, 0) AS "promptTokens",
         l.completion_tokens + coalesce(c.completion_tokens, 0) AS "completionTokens"
    FROM ledger l LEFT JOIN ledger_corrections c USING (user_id, request_id)`;

let directory: ReturnType<typeof temporaryDirectory>;
let postgres: ServerProcess;
let redis: RedisServer;
let upstream: FakeUpstream;
let gateways: PhoenixServer[];
let worker: PhoenixServer;
let accounts: { id: number; key: string }[];

beforeAll(async () => {
  directory = temporaryDirectory();
  [postgres, redis, upstream] = await Promise.all([
    ServerProcess.up(directory.path),
    RedisServer.start(),
    FakeUpstream.start(),
  ]);
  const dataSource = await createDataSource(postgres.databaseUrl).initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  accounts = await openAccounts();
  const env = {
    DATABASE_URL: postgres.databaseUrl,
    REDIS_URL: redis.url,
    OPENAI_BASE_URL: upstream.url,
    OPENAI_API_KEY: 'sk-of-the-tests',
    JWT_SECRET_KEY: JWT_SECRET,
    ADMIN_PASSWORD: 'a-password-of-the-tests',
    RATE_LIMIT_PER_MINUTE: '1000000',
    HOLD_LEASE_SECONDS: '3',
    MISUSE_MODE: 'shadow',
  };
  worker = await PhoenixServer.start({ ...env, ROLE: 'worker' });
  gateways = await Promise.all([1, 2].map(() => PhoenixServer.start({ ...env, ROLE: 'api' })));
});

afterAll(async () => {
  await Promise.all([...(gateways ?? []), worker].map((server) => server?.stop()));
  await Promise.all([upstream.stop(), redis.stop(), postgres.stop()]);
  directory.remove();
});

/** Limited in every way, and never refused for it. */
async function openAccounts(): Promise<{ id: number; key: string }[]> {
  const books = await Books.open(postgres.databaseUrl);
  const opened: { id: number; key: string }[] = [];
  for (let made = 0; made < ACCOUNTS; made += 1) {
    const id = await books.account({ day: 1e12, month: 1e12, lifetime: 1e12, costDay: 1e15 });
    const key = generateKey('gh_');
    await books.query(
      `INSERT INTO api_keys (user_id, name, prefix, hash, token_budget) VALUES ($1, 'test', $2, $3, 1000000000000)`,
      [id, displayPrefix(key), hashKey(key)],
    );
    opened.push({ id, key });
  }
  await books.close();
  return opened;
}

async function settled(books: Books): Promise<void> {
  const count = async (table: string): Promise<number> => {
    const [row] = await books.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    return row.count;
  };
  const patience = { timeoutMs: 90_000, intervalMs: 200 };
  await until('no holds', async () => (await count('holds')) === 0, patience);
  const isEmpty = async (): Promise<boolean> => {
    await books.query(END_CLAIMS);
    return (await count('outbox')) === 0;
  };
  await until('an empty outbox', isEmpty, { ...patience, intervalMs: 1_000 });
}

it(`bills what the upstream served, whatever is killed for ${SECONDS} seconds (seed ${SEED})`, async () => {
  await withPostgresLog(weatherTheStorm);
});

async function weatherTheStorm(): Promise<void> {
  const random = seededRandom(SEED);
  const clients = gateways.map(({ url }) => new ApiClient(url));
  const keys = accounts.map(({ key }) => key);
  const load = new NumberedLoad(upstream, clients, keys, seededRandom(SEED + 1));
  const storm = new KillStorm(gateways, worker, directory.path, random);
  const running = load.run(LANES);
  await storm.rage(SECONDS * 1_000);
  load.stop();
  await Promise.all([running, ...gateways.map((server) => server.up()), worker.up()]);
  await upstream.idle(30_000);

  const books = await until('Postgres to be back', () => Books.open(postgres.databaseUrl).catch(() => undefined), {
    timeoutMs: 30_000,
    intervalMs: 200,
  });
  await settled(books);
  const rows = await books.query<BillRow>(BILLS);
  const arrived = load.arrived;

  // The upstream's word: each such bill is the bill of one call that the upstream served, and of no other.
  const exact = new Map<number, BillRow>();
  for (const row of rows.filter(({ usageSource }) => usageSource === 'upstream')) {
    const number = numberBilled(row);
    expect({ number, arrived: arrived.has(number), again: exact.has(number) }).toEqual({
      number,
      arrived: true,
      again: false,
    });
    expect(row.userId).toBe(accounts[load.accountOf(number)].id);
    exact.set(number, row);
  }
  // An orphan whose owner lived after all was corrected to the upstream's word.
  for (const row of rows.filter(({ corrected }) => corrected)) {
    const number = numberBilled(row);
    if (arrived.has(number) && !exact.has(number)) exact.set(number, row);
  }
  // Whoever got a whole answer was billed for exactly that.
  for (const number of load.answered)
    expect({ number, ...exact.get(number) }).toMatchObject({ number, ...tokensOf(number) });

  const holdOfACall = await largestHold(clients[0], books);
  const known = new Set(exact.values());
  const cutShort = rows.filter((row) => !known.has(row));
  for (const row of cutShort) expect(row.promptTokens + row.completionTokens).toBeLessThanOrEqual(holdOfACall);
  for (const [place, { id }] of accounts.entries()) {
    const served = [...arrived].filter((number) => load.accountOf(number) === place);
    const unknown = served.filter((number) => !exact.has(number));
    const orphans = cutShort.filter(({ userId }) => userId === id);
    // No call of the upstream's is without a row, and nobody pays for a call that it never saw.
    expect(orphans.length).toBeGreaterThanOrEqual(unknown.length);
    expect(orphans.filter((row) => row.promptTokens > 0).length).toBeLessThanOrEqual(unknown.length);
  }
  await books.close();
  const verified = await ledgerCommand(postgres.databaseUrl, 'verify');
  expect(verified).toMatchObject({ code: 0 });
  report({
    calls: load.sent,
    answered: load.answered.size,
    servedByUpstream: arrived.size,
    rows: rows.length,
    exact: exact.size,
    cutShort: cutShort.length,
    corrected: rows.filter(({ corrected }) => corrected).length,
    kills: storm.kills,
  });
  expect(load.answered.size).toBeGreaterThan(0);
  await Promise.all(clients.map((client) => client.close()));
}

/** What Postgres had to say is told with whatever went wrong. */
async function withPostgresLog(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const lines = readFileSync(join(directory.path, 'log', 'postgres.log'), 'utf8').split('\n');
    const told = lines.filter((line) => line.includes('LOG:')).slice(-60);
    const reports = postgres.reports.map((report) => JSON.stringify(report));
    process.stdout.write(`${[...told, ...reports].join('\n')}\n`);
    throw error;
  }
}

/** What a call of the load holds: all of them hold the same. */
async function largestHold(client: ApiClient, books: Books): Promise<number> {
  const gate = upstream.gate();
  const before = upstream.counters.requests;
  const call = new NumberedLoad(upstream, [client], [accounts[0].key], () => 0);
  const running = call.run(1);
  await gate.waiting(1);
  call.stop();
  const [{ held }] = await books.query<{ held: number }>('SELECT max(tokens_held)::int AS held FROM holds');
  gate.release();
  await running;
  expect(upstream.counters.requests).toBe(before + 1);
  await settled(books);
  return held;
}

function report(numbers: object): void {
  if (process.env['KILL_TEST_SECONDS'] !== undefined) process.stdout.write(`${JSON.stringify(numbers)}\n`);
}
