import type { ApiClient } from '../support/api-client.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { expectFailure, type Failure, PASSWORD, People, type RegisteredAccount } from '../support/people.js';

jest.setTimeout(60_000);

const NOBODYS_ID = '0190a000-0000-7000-8000-000000000000';
const A_STRING: unknown = expect.any(String);
const A_NUMBER: unknown = expect.any(Number);
const matching = (shape: RegExp): unknown => expect.stringMatching(shape);

interface Key {
  id: string;
  name: string;
  key: string;
  key_prefix: string;
  is_active: boolean;
  rate_limit_per_minute: number;
  last_used_at: string | null;
}

let gateway: Gateway;
let anonymous: ApiClient;
let people: People;

beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2 });
  anonymous = gateway.client();
  people = new People(gateway);
});
beforeEach(() => gateway.upstream.reset());
afterAll(() => gateway.stop());

describe('a person', () => {
  it('registers, logs in by name or address, and sees an account with a masked key', async () => {
    const account = await people.register();
    expect(account).toMatchObject({ id: matching(/^[0-9a-f-]{36}$/), is_active: true, is_admin: false });
    expect(account).toMatchObject({ role: 'user', created_at: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) });
    expect(account.api_key).toMatch(/^cb_\w{49}$/);
    expect(await people.chatStatus(account.api_key)).toBe(200);

    for (const name of [account.username, account.username.toUpperCase(), account.email.toLowerCase()]) {
      const me = await (await people.logIn(name)).get<RegisteredAccount>('/api/auth/me');
      expect(me.status).toBe(200);
      expect(me.body).toEqual({ ...account, api_key: matching(/^cb_.{1,8}…?$/) });
    }
  });

  it('gets tokens that can be renewed once and end with the session', async () => {
    const { username } = await people.register();
    const login = await anonymous.post<Record<string, string>>('/api/auth/login', { username, password: PASSWORD });
    expect(login.body).toMatchObject({ token_type: 'bearer', expires_in: A_NUMBER });
    const renew = () =>
      anonymous.post<Record<string, string>>('/api/auth/refresh', { refresh_token: login.body.refresh_token });
    const renewed = await renew();
    expect(renewed.status).toBe(200);
    const client = anonymous.bearer(renewed.body.access_token ?? '');
    expect((await client.get('/api/auth/me')).status).toBe(200);
    expect((await renew()).status).toBe(401);
    expect((await client.get('/api/auth/me')).status).toBe(401);

    const another = await people.logIn(username);
    expect((await another.post('/api/auth/logout')).status).toBe(200);
    expect((await another.get('/api/auth/me')).status).toBe(401);
  });

  it('is told what is wrong, and never whether an account exists', async () => {
    const { username, email } = await people.register();
    const post = (path: string, body: unknown) => anonymous.post<Failure>(path, body);
    const free = { username: 'somebody new', email: 'new@gatehouse.test', password: PASSWORD };
    expectFailure(await post('/api/auth/register', { ...free, username }), 400, 'Username already registered');
    expectFailure(await post('/api/auth/register', { ...free, email }), 400, 'Email already registered');
    const wrong = await post('/api/auth/login', { username, password: 'not this one' });
    const nobody = await post('/api/auth/login', { username: 'nobody at all', password: 'not this one' });
    for (const refused of [wrong, nobody]) expectFailure(refused, 401, 'Incorrect username or password');
    for (const [field, value] of [
      ['username', 'ab'],
      // The first letter is Cyrillic.
      ['username', 'аdmin'],
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
    expect([registered.status, registered.body]).toEqual([200, { message: 'User created', token: A_STRING }]);
    const { body } = await anonymous.post<{ token: string }>('/login', credentials);
    const client = anonymous.bearer(body.token);
    const created = await client.post<{ key: string }>('/api-keys/create', { name: 'mine' });
    expect(created.body.key).toMatch(/^sk-\w{49}$/);
    expect(await people.chatStatus(created.body.key)).toBe(200);
    const list = await client.get<{ id: string; name: string; active: boolean }[]>('/api-keys/list');
    const mine = list.body.find(({ name }) => name === 'mine');
    expect(mine).toMatchObject({ active: true });
    expect((await client.post(`/api-keys/revoke/${mine?.id}`)).status).toBe(200);
    expect(await people.chatStatus(created.body.key)).toBe(401);
  });
});

describe('keys', () => {
  it('are shown once, then listed, read, changed and deleted by their owner', async () => {
    const { client } = await people.newcomer();
    const created = await client.post<Key>('/api/v1/api-keys', { name: 'laptop', rate_limit_per_minute: 500 });
    expect(created.status).toBe(201);
    const { key, ...shown } = created.body;
    expect(key).toMatch(/^ai_\w{49}$/);
    expect(shown).toMatchObject({ name: 'laptop', key_prefix: key.slice(0, 8), is_active: true });
    expect(shown).toMatchObject({ rate_limit_per_minute: 500, last_used_at: null });
    await people.useEverywhere(key);

    const path = `/api/v1/api-keys/${shown.id}`;
    const read = await client.get<Key>(path);
    expect(read.body).toEqual({ ...shown, last_used_at: read.body.last_used_at });
    const [newest] = (await client.get<Key[]>('/api/v1/api-keys')).body;
    expect(newest).toMatchObject({ id: shown.id });
    expect(JSON.stringify([read.body, newest])).not.toContain(key);

    const renamed = await client.json<Key>('PATCH', path, { body: { name: 'desktop', is_active: false } });
    expect(renamed.body).toMatchObject({ name: 'desktop', is_active: false, rate_limit_per_minute: 500 });
    expect(await people.chatStatus(key)).toBe(403);
    await client.json('PATCH', path, { body: { is_active: true } });
    expect(await people.chatStatus(key)).toBe(200);

    expect((await client.json('DELETE', path)).status).toBe(204);
    expect(await people.chatStatus(key)).toBe(401);
    await people.knownElsewhere(key, 401);
    expectFailure(await client.get<Failure>(path), 404, 'API key not found');
    expectFailure(await client.json<Failure>('DELETE', path), 404, 'API key not found');
  });

  it('belong to their owner: for everybody else they do not exist', async () => {
    const { client: owner } = await people.newcomer();
    const { client: stranger } = await people.newcomer();
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
    expect(await people.chatStatus(body.key)).toBe(200);
  });

  it('are refused with a reason when their wishes are wrong', async () => {
    const { client } = await people.newcomer();
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
    const { client } = await people.newcomer();
    const { body } = await client.post<Key>('/api/v1/api-keys', { name: 'slow', rate_limit_per_minute: 5 });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => people.chatStatus(body.key, index % 2)),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    const refused = await gateway.client(1).bearer(body.key).post<{ error: { code: string } }>(CHAT, chat());
    expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limit_exceeded']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('are stored as a hash: no table holds one', async () => {
    const { account } = await people.newcomer();
    const [row] = await gateway.books.query<{ text: string }>(
      'SELECT string_agg(u::text || k::text, chr(10)) AS text FROM users u JOIN api_keys k ON k.user_id = u.id',
    );
    expect(row?.text).toContain(account.api_key.slice(0, 8));
    expect(row?.text).not.toContain(account.api_key.slice(8));
    expect(row?.text).not.toContain(PASSWORD);
  });
});
