import type { ApiAnswer, ApiClient } from '../support/api-client.js';
import { ADMIN, chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const PASSWORD = 'correct horse battery';
const EVERYWHERE_WITHIN_MS = 5_000;
const NOBODYS_ID = '0190a000-0000-7000-8000-000000000000';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Account {
  id: string;
  username: string;
  email: string;
  api_key: string;
}

interface Key {
  id: string;
  name: string;
  key: string;
  key_prefix: string;
  is_active: boolean;
  rate_limit_per_minute: number;
  last_used_at: string | null;
}

interface Failure {
  detail: string;
  error: string;
  code?: string;
}

let gateway: Gateway;
let anonymous: ApiClient;
let people = 0;

beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2 });
  anonymous = gateway.client();
});
beforeEach(() => gateway.upstream.reset());
afterAll(() => gateway.stop());

async function register(): Promise<Account> {
  people += 1;
  const { status, body } = await anonymous.post<Account>('/api/auth/register', {
    username: `person${people}`,
    email: `Person${people}@Gatehouse.test`,
    password: PASSWORD,
  });
  expect(status).toBe(201);
  return body;
}

async function logIn(username: string, password = PASSWORD): Promise<ApiClient> {
  const { status, body } = await anonymous.post<{ access_token: string }>('/api/auth/login', { username, password });
  expect(status).toBe(200);
  return anonymous.bearer(body.access_token);
}

async function person(): Promise<{ account: Account; client: ApiClient }> {
  const account = await register();
  return { account, client: await logIn(account.username) };
}

/** The status of a chat with this key, on one of the servers. */
async function chatStatus(key: string, server = 0): Promise<number> {
  const { status } = await gateway.client(server).bearer(key).post(CHAT, chat());
  return status;
}

/** Both servers have this key in mind before it changes. */
async function useEverywhere(key: string): Promise<void> {
  expect([await chatStatus(key, 0), await chatStatus(key, 1)]).toEqual([200, 200]);
}

async function refusedElsewhere(key: string, wanted: number): Promise<void> {
  await until('the other server to know', async () => (await chatStatus(key, 1)) === wanted, {
    timeoutMs: EVERYWHERE_WITHIN_MS,
    intervalMs: 50,
  });
}

function expectFailure({ status, body }: ApiAnswer<Failure>, wanted: number, detail: string): void {
  expect([status, body.detail, body.error]).toEqual([wanted, detail, detail]);
}

describe('a person', () => {
  it('registers, logs in by name or address, and sees an account with a masked key', async () => {
    const account = await register();
    expect(account).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), is_active: true, is_admin: false });
    expect(account).toMatchObject({ role: 'user', created_at: expect.stringMatching(TIME) });
    expect(account.api_key).toMatch(/^cb_\w{49}$/);
    expect(await chatStatus(account.api_key)).toBe(200);

    for (const name of [account.username, account.username.toUpperCase(), account.email.toLowerCase()]) {
      const me = await (await logIn(name)).get<Account>('/api/auth/me');
      expect(me.status).toBe(200);
      expect(me.body).toEqual({ ...account, api_key: expect.stringMatching(/^cb_.{1,8}…?$/) });
    }
  });

  it('gets tokens that can be renewed once and end with the session', async () => {
    const { username } = await register();
    const login = await anonymous.post<Record<string, string>>('/api/auth/login', { username, password: PASSWORD });
    expect(login.body).toMatchObject({ token_type: 'bearer', expires_in: expect.any(Number) });
    const renew = () =>
      anonymous.post<Record<string, string>>('/api/auth/refresh', { refresh_token: login.body.refresh_token });
    const renewed = await renew();
    expect(renewed.status).toBe(200);
    const client = anonymous.bearer(renewed.body.access_token ?? '');
    expect((await client.get('/api/auth/me')).status).toBe(200);
    expect((await renew()).status).toBe(401);
    expect((await client.get('/api/auth/me')).status).toBe(401);

    const another = await logIn(username);
    expect((await another.post('/api/auth/logout')).status).toBe(200);
    expect((await another.get('/api/auth/me')).status).toBe(401);
  });

  it('is told what is wrong, and never whether an account exists', async () => {
    const { username, email } = await register();
    const post = (path: string, body: unknown) => anonymous.post<Failure>(path, body);
    const free = { username: 'somebody new', email: 'new@gatehouse.test', password: PASSWORD };
    expectFailure(await post('/api/auth/register', { ...free, username }), 400, 'Username already registered');
    expectFailure(await post('/api/auth/register', { ...free, email }), 400, 'Email already registered');
    const wrong = await post('/api/auth/login', { username, password: 'not this one' });
    const nobody = await post('/api/auth/login', { username: 'nobody at all', password: 'not this one' });
    for (const refused of [wrong, nobody]) expectFailure(refused, 401, 'Incorrect username or password');
    for (const [field, value] of [
      ['username', 'ab'],
      ['email', 'not an address'],
      ['password', 'short'],
      ['password', undefined],
    ] as const) {
      const { status, body } = await post('/api/auth/register', { ...free, [field]: value });
      expect(status).toBe(422);
      expect(body.detail).toContain(field);
      expect(body.detail).not.toContain('short');
    }
  });

  it('uses the routes of the AI worker API as well', async () => {
    const credentials = { email: 'worker@gatehouse.test', password: PASSWORD };
    const registered = await anonymous.post<{ token: string }>('/register', credentials);
    expect([registered.status, registered.body]).toEqual([200, { message: 'User created', token: expect.any(String) }]);
    const { body } = await anonymous.post<{ token: string }>('/login', credentials);
    const client = anonymous.bearer(body.token);
    const created = await client.post<{ key: string }>('/api-keys/create', { name: 'mine' });
    expect(created.body.key).toMatch(/^sk-\w{49}$/);
    expect(await chatStatus(created.body.key)).toBe(200);
    const list = await client.get<{ id: string; name: string; active: boolean }[]>('/api-keys/list');
    const mine = list.body.find(({ name }) => name === 'mine');
    expect(mine).toMatchObject({ active: true });
    expect((await client.post(`/api-keys/revoke/${mine?.id}`)).status).toBe(200);
    expect(await chatStatus(created.body.key)).toBe(401);
  });
});

describe('keys', () => {
  it('are shown once, then listed, read, changed and deleted by their owner', async () => {
    const { client } = await person();
    const created = await client.post<Key>('/api/v1/api-keys', { name: 'laptop', rate_limit_per_minute: 500 });
    expect(created.status).toBe(201);
    const { key, ...shown } = created.body;
    expect(key).toMatch(/^ai_\w{49}$/);
    expect(shown).toMatchObject({ name: 'laptop', key_prefix: key.slice(0, 8), is_active: true });
    expect(shown).toMatchObject({ rate_limit_per_minute: 500, last_used_at: null });
    await useEverywhere(key);

    const path = `/api/v1/api-keys/${shown.id}`;
    const read = await client.get<Key>(path);
    expect(read.body).toEqual({ ...shown, last_used_at: read.body.last_used_at });
    const [newest] = (await client.get<Key[]>('/api/v1/api-keys')).body;
    expect(newest).toMatchObject({ id: shown.id });
    expect(JSON.stringify([read.body, newest])).not.toContain(key);

    const renamed = await client.json<Key>('PATCH', path, { body: { name: 'desktop', is_active: false } });
    expect(renamed.body).toMatchObject({ name: 'desktop', is_active: false, rate_limit_per_minute: 500 });
    expect(await chatStatus(key)).toBe(403);
    await client.json('PATCH', path, { body: { is_active: true } });
    expect(await chatStatus(key)).toBe(200);

    expect((await client.json('DELETE', path)).status).toBe(204);
    expect(await chatStatus(key)).toBe(401);
    await refusedElsewhere(key, 401);
    expectFailure(await client.get<Failure>(path), 404, 'API key not found');
    expectFailure(await client.json<Failure>('DELETE', path), 404, 'API key not found');
  });

  it('belong to their owner: for everybody else they do not exist', async () => {
    const { client: owner } = await person();
    const { client: stranger } = await person();
    const { body } = await owner.post<Key>('/api/v1/api-keys', { name: 'mine' });
    for (const id of [body.id, NOBODYS_ID]) {
      const path = `/api/v1/api-keys/${id}`;
      expectFailure(await stranger.get<Failure>(path), 404, 'API key not found');
      expectFailure(await stranger.json<Failure>('PATCH', path, { body: { name: 'x' } }), 404, 'API key not found');
      expectFailure(await stranger.json<Failure>('DELETE', path), 404, 'API key not found');
      expectFailure(await stranger.post<Failure>(`/api-keys/revoke/${id}`), 404, 'API key not found');
    }
    const list = await stranger.get<Key[]>('/api/v1/api-keys');
    expect(list.body.map(({ id }) => id)).not.toContain(body.id);
    expect(await chatStatus(body.key)).toBe(200);
  });

  it('are refused with a reason when their wishes are wrong', async () => {
    const { client } = await person();
    for (const [body, field] of [
      [{}, 'name'],
      [{ name: '' }, 'name'],
      [{ name: 'x', rate_limit_per_minute: 0 }, 'rate_limit_per_minute'],
      [{ name: 'x', rate_limit_per_minute: 1001 }, 'rate_limit_per_minute'],
    ] as const) {
      const answer = await client.post<Failure>('/api/v1/api-keys', body);
      expect(answer.status).toBe(422);
      expect(answer.body.detail).toContain(field);
    }
    expect((await client.get('/api/v1/api-keys/not-a-uuid')).status).toBe(422);
  });

  it('may be used as often in a minute as they say, over all servers', async () => {
    const { client } = await person();
    const { body } = await client.post<Key>('/api/v1/api-keys', { name: 'slow', rate_limit_per_minute: 5 });
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, index) => chatStatus(body.key, index % 2)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    const refused = await gateway.client(1).bearer(body.key).post<{ error: { code: string } }>(CHAT, chat());
    expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limit_exceeded']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('are stored as a hash: no table holds one', async () => {
    const { account } = await person();
    const [row] = await gateway.books.query<{ text: string }>(
      'SELECT string_agg(u::text || k::text, chr(10)) AS text FROM users u JOIN api_keys k ON k.user_id = u.id',
    );
    expect(row?.text).toContain(account.api_key.slice(0, 8));
    expect(row?.text).not.toContain(account.api_key.slice(8));
    expect(row?.text).not.toContain(PASSWORD);
  });
});

describe('an administrator', () => {
  it('logs in with a form, opens an account with a token that works, and sees every account', async () => {
    const form = new URLSearchParams({ username: ADMIN.email, password: ADMIN.password }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const login = await anonymous.post<Record<string, unknown>>('/api/v1/auth/login', form, headers);
    expect(login.status).toBe(200);
    expect(login.body).toMatchObject({ token_type: 'bearer', user: { email: ADMIN.email, name: expect.any(String) } });
    const refused = await anonymous.post<Failure>('/api/v1/auth/login', form.replace(/.$/, 'X'), headers);
    expectFailure(refused, 401, 'Incorrect email or password');

    const admin = await gateway.admin();
    const { account: self } = await person();
    const wanted = { email: 'member@gatehouse.test', name: 'Member', daily_quota: 5_000, requests_per_hour: 7 };
    const created = await admin.post<{ id: number; api_token: string }>('/api/v1/admin/users', wanted);
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({ ...wanted, id: expect.any(Number), monthly_quota: 300_000 });
    expect(await chatStatus(created.body.api_token)).toBe(200);
    const again = await admin.post<Failure>('/api/v1/admin/users', wanted);
    expectFailure(again, 400, 'Email already registered');

    const { body: users } = await admin.get<{ id: number; email: string; current_daily_usage: number }[]>(
      '/api/v1/admin/users?limit=1000',
    );
    expect(users.map(({ email }) => email)).toEqual(expect.arrayContaining([ADMIN.email, wanted.email, self.email]));
    expect(users.find(({ id }) => id === created.body.id)?.current_daily_usage).toBe(
      gateway.upstream.counters.totalTokens,
    );
    expect(JSON.stringify(users)).not.toContain(created.body.api_token);
  });

  it('blocks and unblocks: the next call knows, on every server soon, with key and login alike', async () => {
    const admin = await gateway.admin();
    const { account, client } = await person();
    const [{ id } = { id: 0 }] = await gateway.books.query<{ id: number }>(
      'SELECT id FROM users WHERE public_id = $1',
      [account.id],
    );
    await useEverywhere(account.api_key);
    expect((await client.get('/api/auth/me')).status).toBe(200);

    const blocked = await admin.post<{ case_id: string }>(`/api/v1/admin/users/${id}/block`, { reason: 'spam' });
    expect(blocked.body).toMatchObject({ user_id: id, blocked: true, reason: 'spam', case_id: expect.any(String) });
    const refused = await anonymous.bearer(account.api_key).post<{ error: Record<string, unknown> }>(CHAT, chat());
    expect(refused.status).toBe(403);
    expect(refused.body.error).toMatchObject({ code: 'account_suspended', case_id: blocked.body.case_id });
    expect((await client.get('/api/auth/me')).status).toBe(403);
    expect((await anonymous.post('/api/auth/login', { username: account.username, password: PASSWORD })).status).toBe(403);
    await refusedElsewhere(account.api_key, 403);

    expect((await admin.post(`/api/v1/admin/users/${id}/unblock`)).body).toMatchObject({ user_id: id, blocked: false });
    expect(await chatStatus(account.api_key)).toBe(200);
    await refusedElsewhere(account.api_key, 200);
    expectFailure(await admin.post<Failure>('/api/v1/admin/users/99999999/block'), 404, 'User not found');
  });

  it('reads the log of one account, newest first', async () => {
    const admin = await gateway.admin();
    const account = await gateway.account();
    for (const promptTokens of [1, 2, 3]) {
      gateway.upstream.behave({ promptTokens });
      await account.client.post(CHAT, chat());
    }
    const logs = await admin.get<Record<string, unknown>[]>(`/api/v1/admin/logs?user_id=${account.id}&limit=2`);
    expect(logs.body).toEqual([
      expect.objectContaining({ user_id: account.id, prompt_tokens: 3, openai_tokens_used: 8, status: 'completed' }),
      expect.objectContaining({ user_id: account.id, prompt_tokens: 2, openai_tokens_used: 7, usage_source: 'upstream' }),
    ]);
  });
});

describe('every route', () => {
  const PUBLIC = [
    'GET /',
    'GET /health',
    'GET /health/ready',
    'POST /api/auth/register',
    'POST /api/auth/login',
    'POST /api/auth/refresh',
    'POST /api/v1/auth/login',
    'POST /register',
    'POST /users/register',
    'POST /login',
    'POST /users/login',
  ];
  const METHODS = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;

  async function operations(): Promise<{ method: (typeof METHODS)[keyof typeof METHODS]; path: string }[]> {
    const { body } = await anonymous.get<{ paths: Record<string, object> }>('/docs-json');
    return Object.entries(body.paths).flatMap(([path, item]) =>
      Object.entries(METHODS).flatMap(([name, method]) => (name in item ? [{ method, path }] : [])),
    );
  }

  const call = (client: ApiClient, { method, path }: { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string }) =>
    client.json<Failure>(method, path.replace(/\{\w+\}/g, NOBODYS_ID), { body: method === 'GET' ? undefined : {} });

  it('wants credentials, but for a list that everybody can read', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(30);
    expect(all.map(({ method, path }) => `${method} ${path}`)).toEqual(expect.arrayContaining(PUBLIC));
    const open: string[] = [];
    for (const operation of all) {
      const { status, headers } = await call(anonymous, operation);
      if (status === 401 && headers['www-authenticate']) continue;
      open.push(`${operation.method} ${operation.path}`);
    }
    expect(open.sort()).toEqual([...PUBLIC].sort());
  });

  it('of an administrator is closed to others, and a key opens only what is made for keys', async () => {
    const { account, client } = await person();
    const byKey = anonymous.bearer(account.api_key);
    const all = await operations();
    const forAdmins = all.filter(({ path }) => path.startsWith('/api/v1/admin/'));
    expect(forAdmins.length).toBeGreaterThan(3);
    for (const operation of forAdmins) {
      expect((await call(client, operation)).status).toBe(403);
      expect((await call(byKey, operation)).status).toBe(401);
    }
    for (const operation of all.filter(({ path }) => /api-keys|auth\/(me|logout|refresh-api-key)/.test(path))) {
      expect((await call(byKey, operation)).status).toBe(401);
    }
  });
});
