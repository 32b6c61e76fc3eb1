import type { ApiClient } from '../support/api-client.js';
import { ADMIN, chat, CHAT, Gateway } from '../support/gateway.js';
import { expectFailure, type Failure, PASSWORD, People } from '../support/people.js';

jest.setTimeout(60_000);

const NOBODYS_ID = '0190a000-0000-7000-8000-000000000000';
const A_STRING: unknown = expect.any(String);
const A_NUMBER: unknown = expect.any(Number);

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

describe('an administrator', () => {
  it('logs in with a form, opens an account with a token that works, and sees every account', async () => {
    const form = new URLSearchParams({ username: ADMIN.email, password: ADMIN.password }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const login = await anonymous.post<Record<string, unknown>>('/api/v1/auth/login', form, headers);
    expect(login.status).toBe(200);
    expect(login.body).toMatchObject({ token_type: 'bearer', user: { email: ADMIN.email, name: A_STRING } });
    const refused = await anonymous.post<Failure>('/api/v1/auth/login', form.replace(/.$/, 'X'), headers);
    expectFailure(refused, 401, 'Incorrect email or password');

    const admin = await gateway.admin();
    const { account: self } = await people.newcomer();
    const wanted = { email: 'member@gatehouse.test', name: 'Member', daily_quota: 5_000, requests_per_hour: 7 };
    const created = await admin.post<{ id: number; api_token: string }>('/api/v1/admin/users', wanted);
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({ ...wanted, id: A_NUMBER, monthly_quota: 300_000 });
    expect(await people.chatStatus(created.body.api_token)).toBe(200);
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
    const { account, client } = await people.newcomer();
    const [{ id } = { id: 0 }] = await gateway.books.query<{ id: number }>(
      'SELECT id FROM users WHERE public_id = $1',
      [account.id],
    );
    await people.useEverywhere(account.api_key);
    expect((await client.get('/api/auth/me')).status).toBe(200);

    const blocked = await admin.post<{ case_id: string }>(`/api/v1/admin/users/${id}/block`, { reason: 'spam' });
    expect(blocked.body).toMatchObject({ user_id: id, blocked: true, reason: 'spam', case_id: A_STRING });
    const refused = await anonymous.bearer(account.api_key).post<{ error: Record<string, unknown> }>(CHAT, chat());
    expect(refused.status).toBe(403);
    expect(refused.body.error).toMatchObject({ code: 'account_suspended', case_id: blocked.body.case_id });
    expect((await client.get('/api/auth/me')).status).toBe(403);
    expect((await anonymous.post('/api/auth/login', { username: account.username, password: PASSWORD })).status).toBe(
      403,
    );
    await people.knownElsewhere(account.api_key, 403);

    expect((await admin.post(`/api/v1/admin/users/${id}/unblock`)).body).toMatchObject({ user_id: id, blocked: false });
    expect(await people.chatStatus(account.api_key)).toBe(200);
    await people.knownElsewhere(account.api_key, 200);
    expectFailure(await admin.post<Failure>('/api/v1/admin/users/99999999/block'), 404, 'User not found');
  });

  it.each(['', '   ', '\u200b'])(
    'must give a reason that says something (not %j) if any, in the query and in the body alike',
    async (blank) => {
      const admin = await gateway.admin();
      const { id } = await gateway.account();
      const path = `/api/v1/admin/users/${id}/block`;
      const answers = [
        await admin.post<Failure & { errors: object[] }>(path, { reason: blank }),
        await admin.post<Failure & { errors: object[] }>(`${path}?reason=${encodeURIComponent(blank)}`),
      ];
      for (const { status, body } of answers) {
        expect([status, body.error]).toEqual([422, expect.stringContaining('reason must not be blank')]);
      }
      const places = answers.map(({ body }) => body.errors);
      expect(places[0]).toContainEqual(expect.objectContaining({ loc: ['body', 'reason'] }));
      expect(places[1]).toContainEqual(expect.objectContaining({ loc: ['query', 'reason'] }));
      const [person] = await gateway.books.query('SELECT is_blocked FROM users WHERE id = $1', [id]);
      expect(person).toEqual({ is_blocked: false });

      expect((await admin.post(path)).body).toMatchObject({ blocked: true, reason: 'Blocked by an administrator' });
      expect((await admin.post(`${path}?reason=%20late%20`, {})).body).toMatchObject({ reason: ' late ' });
    },
  );

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
      expect.objectContaining({
        user_id: account.id,
        prompt_tokens: 2,
        openai_tokens_used: 7,
        usage_source: 'upstream',
        model: 'gpt-4o-mini',
        provider: 'openai',
        upstream_model: 'gpt-4o-mini',
      }),
    ]);
    const own = await account.client.get<Record<string, unknown>[]>('/api/v1/user/usage?limit=1');
    expect(own.body[0]).toMatchObject({ prompt_tokens: 3, model: 'gpt-4o-mini' });
    expect(own.body[0]).not.toHaveProperty('provider');
    expect(own.body[0]).not.toHaveProperty('upstream_model');
  });
});

describe('every route', () => {
  const PUBLIC = [
    'GET /',
    'GET /health',
    'GET /health/ready',
    'GET /api/ai/models',
    'POST /api/auth/register',
    'POST /api/auth/login',
    'POST /api/auth/refresh',
    'POST /api/auth/google',
    'GET /api/v1/invitations/{token}',
    'POST /api/v1/invitations/{token}',
    'GET /api/v1/invitations/public/{token}/details',
    'POST /api/v1/invitations/public/{token}/accept',
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

  const call = (
    client: ApiClient,
    { method, path }: { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string },
  ) => client.json<Failure>(method, path.replace(/\{\w+\}/g, NOBODYS_ID), { body: method === 'GET' ? undefined : {} });

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
    const { account, client } = await people.newcomer();
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
