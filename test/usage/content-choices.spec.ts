import type { ApiClient } from '../support/api-client.js';
import { CHAT, chat, Gateway, type TestAccount } from '../support/gateway.js';
import { People } from '../support/people.js';
import { until } from '../support/until.js';

jest.setTimeout(90_000);

const PRIVACY = '/api/v1/user/privacy';
const PROMPT = 'Write a Python function that adds two numbers, for jane@example.com';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2 });
});

afterAll(() => gateway.stop());

interface Someone {
  client: ApiClient;
  account: TestAccount;
}

async function someone(people: People): Promise<Someone> {
  const { account, client } = await people.newcomer();
  const [{ id }] = await gateway.books.query<{ id: number }>('SELECT id FROM users WHERE email = $1', [account.email]);
  return { client, account: { id, key: account.api_key, client: gateway.client().bearer(account.api_key) } };
}

async function call({ account }: Someone): Promise<void> {
  const { status } = await account.client.post(CHAT, chat({ messages: [{ role: 'user', content: PROMPT }] }));
  expect(status).toBe(200);
}

/** The prompts that are kept, once every call was analysed. */
async function prompts({ account }: Someone): Promise<string[]> {
  const waiting = () => gateway.books.query('SELECT 1 FROM ledger WHERE user_id = $1 AND intent IS NULL', [account.id]);
  await until('analysis', async () => (await waiting()).length === 0, { timeoutMs: 30_000, intervalMs: 50 });
  const rows = await gateway.books.query<{ prompt_text: string }>(
    'SELECT prompt_text FROM request_contents WHERE user_id = $1 ORDER BY admitted_at',
    [account.id],
  );
  return rows.map(({ prompt_text }) => prompt_text);
}

it('keeps, redacts or drops prompts and answers as each account chose, after they were analysed', async () => {
  const people = new People(gateway);
  const [keeper, redactor, dropper] = [await someone(people), await someone(people), await someone(people)];
  expect((await keeper.client.get(PRIVACY)).body).toEqual({ contents: 'keep', is_own_choice: false });
  const chosen = await redactor.client.json('PUT', PRIVACY, { body: { contents: 'redact' } });
  expect(chosen).toMatchObject({ status: 200, body: { contents: 'redact', is_own_choice: true } });

  for (const person of [keeper, redactor, dropper]) await call(person);
  expect(await prompts(dropper)).toHaveLength(1);
  // An opt-out takes what is there as well.
  expect((await dropper.client.json('PUT', PRIVACY, { body: { contents: 'drop' } })).status).toBe(200);
  expect(await prompts(dropper)).toEqual([]);
  await call(dropper);
  expect(await prompts(dropper)).toEqual([]);
  expect(await prompts(keeper)).toEqual([expect.stringContaining('jane@example.com')]);
  const [redacted, ...others] = await prompts(redactor);
  expect([redacted, others]).toEqual([expect.stringContaining('adds two numbers, for [email]'), []]);

  // The ledger and the verdict stay.
  const calls = await gateway.books.query<{ intent: string }>('SELECT intent FROM ledger WHERE user_id = $1', [
    dropper.account.id,
  ]);
  expect(calls).toEqual([{ intent: 'coding' }, { intent: 'coding' }]);
  const audit = await (
    await gateway.admin()
  ).get<{ entries: { details: object }[] }>(
    `/api/v1/admin/audit?action=account.contents_chosen&target=${dropper.account.id}`,
  );
  expect(audit.body.entries.map(({ details }) => details)).toEqual([{ contents: 'drop', deleted: 1 }]);
});

it('knows three choices only', async () => {
  const admin = await gateway.admin();
  const wrong = await admin.json<{ detail: string }>('PUT', PRIVACY, { body: { contents: 'burn' } });
  expect([wrong.status, wrong.body.detail]).toEqual([422, expect.stringContaining('contents must be one of')]);
  expect((await gateway.client().get(PRIVACY)).status).toBe(401);
});

it('drops whole months of contents when they have lapsed', async () => {
  const books = gateway.books;
  await books.query(`CREATE TABLE request_contents_2020_01 PARTITION OF request_contents
    FOR VALUES FROM ('2020-01-01T00:00Z') TO ('2020-02-01T00:00Z')`);
  await books.query(
    `INSERT INTO request_contents VALUES (1, gen_random_uuid(), '2020-01-05', 'old', 'old'), (1, gen_random_uuid(), '2019-05-05', 'older', 'older')`,
  );
  await expect(books.query(`SELECT gatehouse_drop_contents('2020-02-02T00:00Z')`)).rejects.toThrow('whole months');
  const [{ dropped }] = await books.query<{ dropped: number }>(
    `SELECT gatehouse_drop_contents(date_trunc('month', now(), 'UTC')) AS dropped`,
  );
  expect(dropped).toBe(1);
  expect(await books.query(`SELECT 1 FROM request_contents WHERE prompt_text LIKE 'old%'`)).toEqual([]);

  // The same by the operator's choice, as part of a worker's upkeep.
  await books.query(`CREATE TABLE request_contents_2020_01 PARTITION OF request_contents
    FOR VALUES FROM ('2020-01-01T00:00Z') TO ('2020-02-01T00:00Z')`);
  await books.query(`UPDATE upkeep_runs SET last_run_at = '-infinity'`);
  await gateway.addServer({ CONTENT_RETENTION_MONTHS: '3' });
  const isGone = async () => {
    const [{ name }] = await books.query<{ name: string | null }>(
      `SELECT to_regclass('request_contents_2020_01') AS name`,
    );
    return name === null;
  };
  await until('a dropped month', isGone, { timeoutMs: 60_000, intervalMs: 100 });
});
