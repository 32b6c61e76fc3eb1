import type { ApiClient } from '../support/api-client.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { issueKey, KEYS, logIn, signUp, type Person, type Refusal } from './people.js';

jest.setTimeout(60_000);

const USERS = '/api/v1/admin/users';
const EXPORT = '/api/v1/user/export';

interface Exported {
  account: { email: string; username: string };
  quota: { balance: { used: number } };
  keys: { id: number; name: string; key_prefix: string }[];
  calls: { request_id: string; api_key_id: number; prompt: string; response: string; total_tokens: number }[];
}

let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  gateway = await Gateway.start();
  admin = await gateway.admin();
});
afterAll(() => gateway.stop());

async function talk(person: Person, words: string): Promise<void> {
  const answer = await gateway
    .client()
    .bearer(person.key)
    .post(CHAT, chat({ messages: [{ role: 'user', content: words }] }));
  expect(answer.status).toBe(200);
}

/** Every row of every table in which a text stands, as `table: row`. */
async function rowsWith(text: string): Promise<string[]> {
  const tables = await gateway.books.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await gateway.books.query<{ row: string }>(
      `SELECT t::text AS row FROM ${name} t WHERE position(lower($1) IN lower(t::text)) > 0`,
      [text],
    );
    found.push(...rows.map(({ row }) => `${name}: ${row}`));
  }
  return found;
}

describe('the export', () => {
  it('has the account, its limits, its keys without secrets and every call with its content', async () => {
    const person = await signUp(gateway);
    const made = await issueKey(person, { name: 'second' });
    await talk(person, 'first words');
    await talk(person, 'second "words"');
    const { status, headers, body } = await person.jwt.get<Exported>(EXPORT);
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body.account.email).toBe(person.email);
    expect(body.keys.map(({ name }) => name)).toEqual(['second', 'default']);
    expect(body.calls.map(({ prompt }) => prompt)).toEqual([
      expect.stringContaining('first words'),
      expect.stringContaining('second "words"'),
    ]);
    const spent = body.calls.reduce((sum, { total_tokens: tokens }) => sum + tokens, 0);
    expect(body.quota.balance.used).toBe(spent);
    for (const call of body.calls) {
      expect(body.keys.map(({ id }) => id)).toContain(call.api_key_id);
      expect(call.response).not.toBe('');
    }
    expect(JSON.stringify(body)).not.toContain(made.key);
    expect(JSON.stringify(body)).not.toContain(person.key);
  });

  it('has all of a history longer than a page', async () => {
    const person = await signUp(gateway);
    const client = gateway.client().bearer(person.key);
    for (let i = 0; i < 6; i += 1) await Promise.all(Array.from({ length: 20 }, () => client.post(CHAT, chat())));
    await gateway.ledgerOf({ id: person.id, key: person.key, client }, 120);
    const { calls } = (await person.jwt.get<Exported>(EXPORT)).body;
    const ids = calls.map((call) => call.request_id);
    expect(ids).toHaveLength(120);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('is for the person only: another gets their own, a key none', async () => {
    const [one, two] = [await signUp(gateway), await signUp(gateway)];
    await talk(one, 'a secret of one');
    const other = await two.jwt.get<Exported>(EXPORT);
    expect(JSON.stringify(other.body)).not.toContain('a secret of one');
    expect(other.body.calls).toEqual([]);
    expect((await gateway.client().bearer(one.key).get(EXPORT)).status).toBe(401);
  });
});

describe('an erasure', () => {
  it('takes names, content, keys and sessions, and leaves the numbers', async () => {
    const person = await signUp(gateway);
    const account = { id: person.id, key: person.key, client: gateway.client().bearer(person.key) };
    await issueKey(person, { name: `laptop of ${person.email}`, ip_allow_list: ['192.0.2.77'] });
    await talk(person, 'something very private');
    await admin.post('/api/v1/admin/invitations', { email: person.email });
    await admin.post(`${USERS}/${person.id}/block`, { reason: `wrote to ${person.email}` });
    await admin.post(`${USERS}/${person.id}/unblock`);
    const misuse = `/api/v1/admin/misuse/accounts/${person.id}`;
    await admin.post(`${misuse}/block`, { note: `again ${person.email}` });
    const appeal = await account.client.post('/api/v1/user/case/appeal', { text: `I am ${person.email}.` });
    expect(appeal.status).toBe(200);
    await admin.post(`${misuse}/unblock`, { note: `it was ${person.email}` });
    const before = await gateway.ledgerOf(account, 1);
    expect(await rowsWith('something very private')).not.toEqual([]);

    const erased = await admin.post<{ pseudonym: string }>(`${USERS}/${person.id}/erase`);
    expect([erased.status, erased.body]).toEqual([
      200,
      { user_id: person.id, pseudonym: `erased-${person.id}`, contents_deleted: 1, keys_revoked: 2 },
    ]);
    const username = person.email.split('@')[0] ?? '';
    for (const trace of [person.email, username, 'something very private', '192.0.2.77']) {
      expect(await rowsWith(trace)).toEqual([]);
    }
    expect(await gateway.ledger(account)).toEqual(before);
    expect(await gateway.balanced(account)).toBeGreaterThan(0);

    expect((await account.client.get('/api/v1/user/quota')).status).toBe(401);
    expect((await person.jwt.get('/api/auth/me')).status).toBe(401);
    const login = await gateway.client().post('/api/auth/login', { username: person.email, password: person.password });
    expect(login.status).toBe(401);
    expect((await admin.get(`${USERS}/${person.id}`)).status).toBe(404);
    expect((await admin.post(`${USERS}/${person.id}/erase`)).status).toBe(404);
    expect((await admin.get<{ id: number }[]>(USERS)).body.map(({ id }) => id)).not.toContain(person.id);
    const logs = await admin.get<{ prompt: string | null }[]>(`/api/v1/admin/logs?user_id=${person.id}`);
    expect(logs.body.map(({ prompt }) => prompt)).toEqual([null]);

    const { body } = await admin.get<{ entries: { action: string; address: string | null }[] }>(
      `/api/v1/admin/audit?target=${person.id}`,
    );
    expect(body.entries[0]?.action).toBe('account.erased');
    expect(body.entries.map(({ action }) => action)).toContain('key.created');
  });

  it('frees the address for somebody else', async () => {
    const person = await signUp(gateway);
    await admin.post(`${USERS}/${person.id}/erase`);
    const again = { email: person.email, password: 'another-password' };
    expect((await gateway.client().post('/register', again)).status).toBe(200);
    const token = await logIn(gateway, again);
    expect((await gateway.client().bearer(token).get<Exported>(EXPORT)).body.calls).toEqual([]);
  });

  it('also takes what a call in flight wrote later', async () => {
    const person = await signUp(gateway);
    const client = gateway.client().bearer(person.key);
    const gate = gateway.upstream.gate();
    const words = [{ role: 'user', content: 'words in flight' }];
    const answer = client.post(CHAT, chat({ messages: words }));
    await gate.waiting(1);
    expect((await admin.post(`${USERS}/${person.id}/erase`)).status).toBe(200);
    gate.release();
    expect((await answer).status).toBe(200);
    gateway.upstream.reset();
    await gateway.ledgerOf({ id: person.id, key: person.key, client }, 1);
    await until('late content to be gone', async () => (await rowsWith('words in flight')).length === 0, {
      timeoutMs: 30_000,
      intervalMs: 500,
    });
  });

  it('is refused to everybody but an administrator', async () => {
    const [one, two] = [await signUp(gateway), await signUp(gateway)];
    const { status, body } = await one.jwt.post<Refusal>(`${USERS}/${two.id}/erase`);
    expect([status, body.code]).toEqual([403, 'insufficient_permissions']);
    expect((await two.jwt.get(KEYS)).status).toBe(200);
  });
});
