import { ApiClient } from '../support/api-client.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { GatehouseProcess } from '../support/gatehouse-process.js';
import { ADMIN } from '../support/gateway.js';
import { ledgerCommand } from '../support/ledger-command.js';
import { makePartition, month, pastCall, requestIdOf } from '../support/past-months.js';
import { until } from '../support/until.js';
import { Books, Replica, request } from '../support/usage-books.js';

jest.setTimeout(180_000);

const KEPT_MONTHS = 2;
const WITHIN = { timeoutMs: 90_000, intervalMs: 100 };

let databaseUrl: string;
let books: Books;
let replica: Replica;
let user: number;

beforeEach(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
  user = await books.account({ lifetime: 1_000_000 });
});

afterEach(async () => {
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

/** The partitions of an earlier month. */
const makePartitions = (monthsAgo: number): Promise<string[]> =>
  Promise.all((['ledger', 'request_contents'] as const).map((table) => makePartition(books, table, monthsAgo)));

/** A call that asked for help with an error. */
async function call(monthsAgo: number, isOrphan = false): Promise<void> {
  const requestId = await pastCall({ books, replica }, user, monthsAgo, isOrphan);
  await books.query(
    `UPDATE ledger SET intent = 'debugging', guard_intent = 'coding', analysed_at = now() WHERE request_id = $1`,
    [requestId],
  );
}

async function existing(tables: string[]): Promise<string[]> {
  const rows = await books.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS t(name) WHERE to_regclass(name) IS NOT NULL ORDER BY name',
    [tables],
  );
  return rows.map(({ name }) => name);
}

async function startServers(count: number, env: Record<string, string>): Promise<GatehouseProcess[]> {
  const common = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: 'none',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  };
  return Promise.all(Array.from({ length: count }, () => GatehouseProcess.start({ env: { ...common, ...env } })));
}

async function yearOfUsage(server: GatehouseProcess): Promise<unknown> {
  const client = new ApiClient(server.url);
  const form = new URLSearchParams({ username: ADMIN.email, password: ADMIN.password }).toString();
  const { body } = await client.post<{ access_token: string }>('/api/v1/auth/login', form, {
    'content-type': 'application/x-www-form-urlencoded',
  });
  const admin = client.bearer(body.access_token);
  return (await admin.get('/api/v1/admin/analytics/usage?days=365')).body;
}

async function expectCleanBooks(): Promise<void> {
  const { code, output } = await ledgerCommand(databaseUrl, 'verify');
  expect(`${code} ${output}`).toMatch(/^0 /);
}

it('lets the months go that LEDGER_RETENTION_MONTHS does not keep, once with two servers, and the books stay clean', async () => {
  const lapsed = [...(await makePartitions(4)), ...(await makePartitions(3))];
  const kept = [...(await makePartitions(2)), ...(await makePartitions(1))];
  for (const monthsAgo of [4, 3, 2, 1, 0]) {
    await call(monthsAgo);
    await call(monthsAgo, true);
  }
  await expectCleanBooks();
  const windows = await books.windows(user);

  const servers = await startServers(2, { LEDGER_RETENTION_MONTHS: String(KEPT_MONTHS) });
  try {
    await until('the lapsed months to be retired', async () => (await existing(lapsed)).length === 0, WITHIN);
    expect(await existing(kept)).toEqual([...kept].sort());
    expect(await books.query('SELECT before, calls::int, tokens::int FROM ledger_retirements')).toEqual([
      { before: month(KEPT_MONTHS), calls: 4, tokens: 120 },
    ]);
    const left = await books.query(
      `SELECT (SELECT count(*)::int FROM ledger) AS calls, (SELECT count(*)::int FROM ledger_corrections) AS corrections,
              (SELECT count(*)::int FROM request_contents) AS contents`,
    );
    expect(left).toEqual([{ calls: 6, corrections: 3, contents: 6 }]);
    expect(await books.windows(user)).toEqual(windows);
    expect(await yearOfUsage(servers[0])).toMatchObject({
      total_requests: 10,
      total_tokens_used: 300,
      active_users: 1,
      intent_distribution: { coding: 10 },
    });
    await expectCleanBooks();
    const told = () =>
      servers.flatMap((server) => server.output().match(/4 calls from before \S+ were retired/g) ?? []);
    await until('a line in a log', () => told().length > 0, WITHIN);
    expect(told()).toHaveLength(1);

    // Business goes on, on what was left.
    await call(0);
    await expectCleanBooks();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

it('waits with a month while a call of it is still running, and says so', async () => {
  const lapsed = await makePartitions(3);
  await call(3);
  await replica.admission.admit(request(user, { requestId: requestIdOf(3) }));
  await books.query(`UPDATE holds SET expires_at = now() + interval '1 hour'`);
  const [server] = await startServers(1, { LEDGER_RETENTION_MONTHS: String(KEPT_MONTHS) });
  try {
    await until('the refusal', () => server.output().includes('a call of those months is still running'), WITHIN);
    expect(await existing(lapsed)).toEqual([...lapsed].sort());
    await expectCleanBooks();

    await books.expireHolds(user);
    await until('the sweeper to bill it', async () => (await books.query('SELECT 1 FROM holds')).length === 0, WITHIN);
    await until('its analysis', async () => (await books.query('SELECT 1 FROM outbox')).length === 0, WITHIN);
  } finally {
    await server.stop();
  }

  // The next hour begins at once, and a server looks soon after its start.
  await books.query(`UPDATE upkeep_runs SET last_run_at = '-infinity'`);
  const [next] = await startServers(1, { LEDGER_RETENTION_MONTHS: String(KEPT_MONTHS) });
  try {
    await until('the month to be retired', async () => (await existing(lapsed)).length === 0, WITHIN);
    await expectCleanBooks();
  } finally {
    await next.stop();
  }
});

it('keeps everything when nobody set it', async () => {
  const old = await makePartitions(30);
  await call(30);
  const [server] = await startServers(1, {});
  try {
    const turns = () =>
      books.query(`SELECT 1 FROM upkeep_runs WHERE name = 'close_periods' AND last_run_at > '-infinity'`);
    await until('the first turn of the upkeep', async () => (await turns()).length > 0, WITHIN);
    expect(await books.query(`SELECT last_run_at::text FROM upkeep_runs WHERE name = 'retention'`)).toEqual([
      { last_run_at: '-infinity' },
    ]);
    expect(await existing(old)).toEqual([...old].sort());
  } finally {
    await server.stop();
  }
});
