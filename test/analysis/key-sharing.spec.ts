import type { ApiClient } from '../support/api-client.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import type { TestAccount } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const PROMPTS = 40;
const OPENAI = 'OpenAI/JS 6.49.0';

interface Timeline {
  level: string;
  is_blocked: boolean;
  events: { kind: string; request_id: string | null; details: { signal: string } }[];
}

let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2, env: { TRUSTED_PROXIES: '127.0.0.1' } });
  admin = await gateway.admin();
});
afterAll(() => gateway.stop());

/** Ordinary prompts, one after the other, each from the next of these clients and to the next replica. */
async function converse(account: TestAccount, clients: readonly (readonly [string, string])[]): Promise<number[]> {
  const statuses: number[] = [];
  for (let turn = 0; turn < PROMPTS; turn += 1) {
    const [address, program] = clients[turn % clients.length];
    const client = gateway.client(turn % 2).bearer(account.key);
    const question = chat({ messages: [{ role: 'user', content: `How do I sort list number ${turn} in Python?` }] });
    const { status } = await client.post(CHAT, question, { 'x-forwarded-for': address, 'user-agent': program });
    statuses.push(status);
  }
  await until('the analysis', async () => {
    const [{ left }] = await gateway.books.query<{ left: number }>('SELECT count(*)::int AS left FROM outbox');
    return left === 0;
  });
  return statuses;
}

async function timeline({ id }: TestAccount): Promise<Timeline> {
  return (await admin.get<Timeline>(`/api/v1/admin/misuse/accounts/${id}`)).body;
}

async function alertsOf({ id }: TestAccount): Promise<string[]> {
  const { body } = await admin.get<{ alert_type: string }[]>(`/api/v1/admin/alerts/user/${id}`);
  return body.map(({ alert_type }) => alert_type);
}

it('warns of a key that several clients use at once, tells the request, and never blocks for it', async () => {
  const account = await gateway.account();
  const statuses = await converse(account, [
    ['198.51.100.7', OPENAI],
    ['203.0.113.20', 'python-requests/2.32'],
    ['192.0.2.99', OPENAI],
    ['2001:db8:77::5', 'curl/8.5.0'],
  ]);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const found = await timeline(account);
  expect(found).toMatchObject({ level: 'warn', is_blocked: false });
  expect(found.events).toMatchObject([{ kind: 'warn', details: { signal: 'crowd' } }]);
  const [ledgerRow] = await gateway.books.query('SELECT 1 FROM ledger WHERE user_id = $1 AND request_id = $2', [
    account.id,
    found.events[0].request_id,
  ]);
  expect(ledgerRow).toBeDefined();
  expect(await alertsOf(account)).toEqual(['key_sharing']);
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
});

it('does not mind one person who moves within a network, or updates the program', async () => {
  const account = await gateway.account();
  await converse(account, [
    ['198.51.100.7', OPENAI],
    ['198.51.100.8', 'OpenAI/JS 6.50.0'],
    ['198.51.100.99', 'OpenAI/Python 2.1'],
    ['198.51.100.200', OPENAI],
  ]);
  expect(await timeline(account)).toMatchObject({ level: 'normal', events: [] });
  expect(await alertsOf(account)).toEqual([]);
});

it('stores no address, and no name that two accounts share', async () => {
  const [one, other] = [await gateway.account(), await gateway.account()];
  for (const account of [one, other]) await converse(account, [['198.51.100.7', OPENAI]]);
  const clients = await gateway.books.query<{ client: string }>(
    'SELECT DISTINCT client FROM misuse_assessments WHERE user_id = ANY($1::int[])',
    [[one.id, other.id]],
  );
  expect(clients).toHaveLength(2);
  const tables = await gateway.books.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables) {
    const rows = await gateway.books.query(`SELECT 1 FROM "${name}" t WHERE t::text LIKE '%198.51.100%'`);
    expect([name, rows]).toEqual([name, []]);
  }
  expect(gateway.output()).not.toContain('198.51.100');
});
