import { chat, CHAT, ADMIN, Gateway } from '../support/gateway.js';
import { issueKey, signUp, type Refusal } from './people.js';

jest.setTimeout(60_000);

const JSON_TYPE = { 'content-type': 'application/json' };

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(() => gateway.stop());

describe('Cloudflare API Billing Platform', () => {
  it('POST /api/auth/register, /login, GET /me, POST /refresh-api-key', async () => {
    const client = gateway.client();
    const registered = await client.post<{ id: string; api_key: string }>('/api/auth/register', {
      username: 'user',
      email: 'user@example.com',
      password: 'password',
    });
    expect([registered.status, registered.body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
        username: 'user',
        email: 'user@example.com',
        api_key: expect.stringMatching(/^cb_/) as string,
        is_active: true,
        is_admin: false,
        role: 'user',
        created_at: expect.any(String) as string,
      },
    ]);
    const oldKey = registered.body.api_key;
    const login = await client.post<{ access_token: string; token_type: string }>(
      '/api/auth/login',
      '{"username": "user", "password": "password"}',
      JSON_TYPE,
    );
    expect([login.status, login.body.token_type]).toEqual([200, 'bearer']);
    const jwt = client.bearer(login.body.access_token);
    const me = await jwt.get<{ api_key: string }>('/api/auth/me');
    expect(me.body).toEqual({ ...registered.body, api_key: `${oldKey.slice(0, 8)}…` });

    const refreshed = await jwt.post<{ api_key: string }>('/api/auth/refresh-api-key');
    expect([refreshed.status, refreshed.body]).toEqual([200, { ...registered.body, api_key: refreshed.body.api_key }]);
    expect(refreshed.body.api_key).toMatch(/^cb_/);
    expect((await client.with({ 'x-api-key': oldKey }).post(CHAT, chat())).status).toBe(401);
    expect((await client.with({ 'x-api-key': refreshed.body.api_key }).post(CHAT, chat())).status).toBe(200);
  });

  it('refuses a second account of the same name', async () => {
    const again = { username: 'USER', email: 'other@example.com', password: 'password' };
    const name = await gateway.client().post<Refusal>('/api/auth/register', again);
    expect([name.status, name.body.detail]).toEqual([400, 'Username already registered']);
    const address = { username: 'other', email: 'USER@example.com', password: 'password' };
    const email = await gateway.client().post<Refusal>('/api/auth/register', address);
    expect([email.status, email.body.detail]).toEqual([400, 'Email already registered']);
  });
});

describe('AI Worker API', () => {
  it('1. User Registration … 5. Revoking API Key', async () => {
    const client = gateway.client();
    const registration = { email: 'worker@example.com', password: 'yourpassword' };
    const registered = await client.post<{ message: string; token: string }>('/register', registration);
    expect([registered.status, registered.body]).toEqual([
      200,
      { message: 'User created', token: expect.any(String) as string },
    ]);
    const login = await client.post<{ token: string }>('/login', registration);
    expect([login.status, Object.keys(login.body)]).toEqual([200, ['token']]);
    const jwt = client.bearer(login.body.token);

    const made = await jwt.post<{ key: string }>('/api-keys/create', { name: 'API Key Name' });
    expect([made.status, made.body]).toEqual([
      200,
      {
        key: expect.stringMatching(/^sk-/) as string,
        message: "API key created successfully. Save this key as it won't be shown again.",
      },
    ]);
    const key = client.with({ 'x-api-key': made.body.key });
    expect((await key.post(CHAT, chat())).status).toBe(200);

    const listed = await jwt.get<{ id: string; name: string }[]>('/api-keys/list');
    const row = listed.body.find(({ name }) => name === 'API Key Name');
    expect(row).toEqual({
      id: expect.any(String) as string,
      name: 'API Key Name',
      active: true,
      created_at: expect.any(String) as string,
    });
    const revoked = await jwt.post(`/api-keys/revoke/${row?.id}`);
    expect([revoked.status, revoked.body]).toEqual([200, { message: 'API key revoked successfully' }]);
    expect((await key.post(CHAT, chat())).status).toBe(401);
    const after = await jwt.get<{ id: string; active: boolean }[]>('/api-keys/list');
    expect(after.body.find(({ id }) => id === row?.id)?.active).toBe(false);
  });

  it('answers errors as {error}', async () => {
    const client = gateway.client();
    const wrong = await client.post<{ error: string }>('/login', {
      email: 'worker@example.com',
      password: 'wrong-one',
    });
    expect([wrong.status, wrong.body.error]).toEqual([401, 'Invalid credentials']);
    const twice = await client.post<{ error: string }>('/register', {
      email: 'worker@example.com',
      password: 'yourpassword',
    });
    expect([twice.status, twice.body.error]).toEqual([400, 'User creation failed']);
    const anonymous = await client.post<{ error: string }>('/api-keys/create', { name: 'x' });
    expect([anonymous.status, anonymous.body.error]).toEqual([401, 'Authentication required']);
    const { token } = await signUp(gateway);
    const nameless = await client.bearer(token).post<{ error: string }>('/api-keys/create', {});
    expect([nameless.status, nameless.body.error]).toEqual([400, expect.stringContaining('name')]);
    const unknown = await client.bearer(token).post<{ error: string }>('/api-keys/revoke/keyId');
    expect([unknown.status, unknown.body.error]).toEqual([404, 'API key not found']);
  });
});

describe('ByteChat', () => {
  it('GET /api/users lists accounts, for administrators', async () => {
    const admin = await gateway.admin();
    const { status, body } = await admin.get<{ success: boolean; count: number; users: object[] }>('/api/users');
    expect([status, body.success, body.count]).toEqual([200, true, body.users.length]);
    expect(Object.keys(body.users[0] ?? {})).toEqual([
      'id',
      'email',
      'name',
      'picture',
      'total_tokens',
      'tokens_used',
      'tokens_left',
      'created_at',
      'updated_at',
    ]);
  });
});

describe('Guardflow', () => {
  it('Admin Login, Create User, Use Proxy, User Dashboard', async () => {
    const client = gateway.client();
    const form = new URLSearchParams({ username: ADMIN.email, password: ADMIN.password }).toString();
    const login = await client.post<{ access_token: string; user: { email: string } }>('/api/v1/auth/login', form, {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([login.status, login.body.user.email]).toEqual([200, ADMIN.email]);
    const admin = client.bearer(login.body.access_token);
    const created = await admin.post<{ id: number; api_token: string }>('/api/v1/admin/users', {
      email: 'john@example.com',
      name: 'John Doe',
      daily_quota: 10000,
      monthly_quota: 300000,
    });
    expect([created.status, created.body]).toEqual([
      200,
      expect.objectContaining({
        email: 'john@example.com',
        name: 'John Doe',
        daily_quota: 10000,
        monthly_quota: 300000,
      }),
    ]);
    expect(JSON.stringify(created.body)).not.toContain('hash');
    const user = client.bearer(created.body.api_token);
    const answer = await user.post('/api/v1/chat/completions', {
      task_id: 1,
      messages: [{ role: 'user', content: 'Help me debug this Python function' }],
      model: 'gpt-3.5-turbo',
    });
    expect(answer.status).toBe(200);
    const quota = await user.get<{ daily: { used: number; limit: number } }>('/api/v1/user/quota');
    expect(quota.body.daily).toMatchObject({ limit: 10000, used: expect.any(Number) as number });
    expect(quota.body.daily.used).toBeGreaterThan(0);
    expect((await user.get<{ email: string }>('/api/v1/user/profile')).body.email).toBe('john@example.com');
    expect((await user.get<object[]>('/api/v1/user/usage')).body).toHaveLength(1);
    const users = await admin.get<{ id: number }[]>('/api/v1/admin/users');
    expect(users.body.map(({ id }) => id)).toContain(created.body.id);
  });

  it('users/:id, block and unblock', async () => {
    const admin = await gateway.admin();
    const { id } = await signUp(gateway);
    const path = `/api/v1/admin/users/${id}`;
    const updated = await admin.json<object>('PUT', path, { body: { name: 'Jane', daily_quota: 5 } });
    expect([updated.status, updated.body]).toEqual([
      200,
      expect.objectContaining({ id, name: 'Jane', daily_quota: 5 }),
    ]);
    const blocked = await admin.post(`${path}/block?reason=spam`);
    expect([blocked.status, blocked.body]).toEqual([
      200,
      expect.objectContaining({ user_id: id, blocked: true, reason: 'spam', blocked_at: expect.any(String) as string }),
    ]);
    const unblocked = await admin.post(`${path}/unblock`);
    expect([unblocked.status, unblocked.body]).toEqual([
      200,
      { user_id: id, blocked: false, unblocked_at: expect.any(String) as string },
    ]);
  });
});

describe('FastAPI AI Service', () => {
  it('Create API Key, list, details, update, delete', async () => {
    const { jwt } = await signUp(gateway);
    const made = await jwt.post<{ id: string; key: string }>(
      '/api/v1/api-keys',
      '{"name": "My App Key", "rate_limit_per_minute": 20}',
      JSON_TYPE,
    );
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({
        id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
        name: 'My App Key',
        key: expect.stringMatching(/^ai_/) as string,
        key_prefix: made.body.key.slice(0, 8),
        is_active: true,
        rate_limit_per_minute: 20,
        created_at: expect.any(String) as string,
        last_used_at: null,
      }),
    ]);
    const { key, ...shown } = made.body;
    const path = `/api/v1/api-keys/${shown.id}`;
    expect((await jwt.get<object[]>('/api/v1/api-keys')).body[0]).toEqual(shown);
    expect((await jwt.get(path)).body).toEqual(shown);
    const patched = await jwt.json('PATCH', path, { body: { name: 'Renamed', rate_limit_per_minute: 30 } });
    expect(patched.body).toEqual({ ...shown, name: 'Renamed', rate_limit_per_minute: 30 });
    await jwt.json('PATCH', path, { body: { is_active: false } });
    const inactive = await gateway.client().with({ 'x-api-key': key }).post<Refusal>(CHAT, chat());
    expect([inactive.status, inactive.body.error.message]).toEqual([403, 'API key is inactive']);
    expect((await jwt.get<object[]>('/api/v1/api-keys?active_only=true')).body).toHaveLength(1);
    const removed = await jwt.json('DELETE', path);
    expect([removed.status, removed.body]).toEqual([204, null]);
    const gone = await jwt.get<Refusal>(path);
    expect([gone.status, gone.body.detail]).toEqual([404, 'API key not found']);
    expect((await jwt.get<Refusal>('/api/v1/api-keys/not-a-uuid')).status).toBe(422);
  });

  it('keeps a key to its own requests per minute', async () => {
    const { key } = await issueKey(await signUp(gateway), { rate_limit_per_minute: 2 });
    const client = gateway.client().with({ 'x-api-key': key });
    expect((await client.post(CHAT, chat())).status).toBe(200);
    expect((await client.post(CHAT, chat())).status).toBe(200);
    const refused = await client.post<Refusal>(CHAT, chat());
    expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limit_exceeded']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});
