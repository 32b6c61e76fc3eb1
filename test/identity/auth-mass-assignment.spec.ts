import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../support/api-client.js';
import { FakeGoogle } from '../support/fake-google.js';
import type { Gateway } from '../support/gateway.js';
import { startSeedGateway, type SeedGateway } from '../support/seed-gateway.js';

jest.setTimeout(60_000);

const PASSWORD = 'the right password';

/** What somebody would like to be, in every spelling that a careless server might take over. */
const WISHES = {
  id: 1,
  user_id: 1,
  userId: 1,
  role: 'admin',
  roles: ['admin'],
  is_admin: true,
  isAdmin: true,
  origin: 'bootstrap',
  balance: 1e12,
  total_tokens: 1e12,
  tokens_left: 1e12,
  lifetime_tokens: 1e12,
  daily_quota: 1e12,
  dailyQuota: 1e12,
  monthly_quota: 1e12,
  tokens_per_day: 1e12,
  requests_per_hour: 1e9,
  limits: { tokensPerDay: null, lifetimeTokens: null },
  is_active: true,
  is_blocked: false,
  email_verified_at: '2020-01-01T00:00:00Z',
  emailVerifiedAt: '2020-01-01T00:00:00Z',
  google_sub: '1',
  googleSub: '1',
  session_epoch: 7,
  password_hash: 'x',
  passwordHash: 'x',
  public_id: '00000000-0000-4000-8000-000000000000',
};

/** Bodies of anybody but administrators that the tests below send, as the OpenAPI document names their operations. */
const SENT = new Set([
  'POST /api/auth/register',
  'POST /register',
  'POST /users/register',
  'POST /api/auth/google',
  'POST /api/v1/invitations/{token}',
  'POST /api/v1/invitations/public/{token}/accept',
  'POST /api/auth/refresh',
  'PATCH /api/v1/api-keys/{id}',
  'POST /api/v1/api-keys/{id}/rotate',
  'POST /api-keys/revoke/{keyId}',
  'POST /api/v1/user/case/appeal',
  'PUT /api/v1/user/privacy',
]);

const MESSAGES = { messages: [{ role: 'user', content: 'Hello' }] };
/** Every route that spends tokens, under all of its names. */
const CHATS: [string, object][] = [
  ...['/v1', '/api/v1'].flatMap((root): [string, object][] => [
    [`${root}/chat/completions`, { model: 'gpt-4o-mini', ...MESSAGES }],
    [`${root}/completions`, { model: 'gpt-4o-mini', prompt: 'Hello' }],
    [`${root}/embeddings`, { model: 'text-embedding-3-small', input: 'Hello' }],
    [`${root}/responses`, { model: 'gpt-4o-mini', input: 'Hello' }],
    [`${root}/messages`, { model: 'gpt-4o-mini', max_tokens: 20, ...MESSAGES }],
  ]),
  ['/api/ai/chat', MESSAGES],
  ['/api/ai/chat/stream', MESSAGES],
  ['/chat/completions', MESSAGES],
  ['/api/chat/stream', MESSAGES],
  ['/api/v1/chat', MESSAGES],
  ['/api/v1/chat/stream', MESSAGES],
  ['/api/v1/summarize', { text: 'A text that is long enough.' }],
  ['/api/v1/translate', { text: 'Hello', target_language: 'Spanish' }],
];

let google: FakeGoogle;
let seeds: SeedGateway;
let gateway: Gateway;
let people = 0;

beforeAll(async () => {
  google = await FakeGoogle.start();
  seeds = await startSeedGateway({}, google.env);
  gateway = seeds.gateway;
});
afterAll(async () => {
  await seeds.stop();
  await google.stop();
});

/** Everything that is stored about an account and its rights, except what changes with use. */
async function stored(email: string): Promise<unknown> {
  const rows = await gateway.books.query(
    `SELECT u.id, u.public_id, u.role, u.origin, u.is_active, u.is_blocked, u.email_verified_at, u.google_sub,
            q.requests_per_hour, q.tokens_per_day, q.tokens_per_month, q.lifetime_tokens, q.cost_per_day_nano_usd,
            q.cost_per_month_nano_usd, q.day_generation, q.month_generation
       FROM users u JOIN quota_accounts q ON q.user_id = u.id WHERE u.email_normalized = $1`,
    [email],
  );
  expect(rows).toHaveLength(1);
  return rows[0];
}

const ORDINARY = {
  role: 'user',
  origin: 'self',
  email_verified_at: null,
  google_sub: null,
  lifetime_tokens: '1000000',
};

it.each(['/api/auth/register', '/register', '/users/register'])('%s opens an ordinary account', async (path) => {
  people += 1;
  const email = `person${people}@example.com`;
  const wanted = { username: `person${people}`, email, password: PASSWORD };
  expect([200, 201]).toContain((await gateway.client().post(path, { ...WISHES, ...wanted })).status);
  expect(await stored(email)).toMatchObject(ORDINARY);
});

it('an invitation opens an ordinary account, whatever its guest or its administrator adds', async () => {
  const email = `${randomUUID()}@example.com`;
  const { body } = await (await gateway.admin()).post<{ accept_path: string }>('/api/v1/admin/invitations', WISHES);
  const accepted = await gateway.client().post(body.accept_path, { ...WISHES, email, password: PASSWORD });
  expect(accepted.status).toBe(200);
  expect(await stored(email)).toMatchObject(ORDINARY);
});

it('so does Guardflow’s page of an invitation', async () => {
  const email = `${randomUUID()}@example.com`;
  const { body } = await (await gateway.admin()).post<{ token: string }>('/api/v1/admin/invitations', WISHES);
  const wanted = { ...WISHES, email, password: PASSWORD, name: 'Guest' };
  const path = `/api/v1/invitations/public/${body.token}/accept`;
  expect((await gateway.client().post(path, wanted)).status).toBe(200);
  expect(await stored(email)).toMatchObject(ORDINARY);
});

it('so does a login with Google, every time', async () => {
  const email = `${randomUUID()}@gmail.test`;
  const person = { sub: randomUUID(), email, name: 'Somebody', picture: 'https://google.test/p.png' };
  const logIn = () =>
    gateway.client().post('/api/auth/google', { ...WISHES, access_token: google.accessToken(person) });
  expect((await logIn()).status).toBe(200);
  const opened = await stored(email);
  expect(opened).toMatchObject({ role: 'user', origin: 'google', google_sub: person.sub, lifetime_tokens: '1000000' });
  expect((await logIn()).status).toBe(200);
  expect(await stored(email)).toEqual(opened);
});

it.each(['"__proto__":{"role":"admin"}', '"constructor":{"prototype":{"role":"admin"}}'])(
  'nobody becomes an administrator through the prototype of an object: %s',
  async (poison) => {
    people += 1;
    const email = `person${people}@example.com`;
    await gateway.client().post('/register', `{${poison},"email":"${email}","password":"${PASSWORD}"}`);
    await gateway.client().post('/register', { email: `ordinary-${email}`, password: PASSWORD });
    expect(await stored(`ordinary-${email}`)).toMatchObject(ORDINARY);
    const roles = await gateway.books.query(`SELECT role FROM users WHERE email = $1 AND role = 'admin'`, [email]);
    expect(roles).toEqual([]);
  },
);

describe('somebody who has an account', () => {
  const email = 'somebody@example.com';
  const login = { username: email, password: PASSWORD };
  let before: unknown;
  let client: ApiClient;
  let refreshToken: string;

  beforeAll(async () => {
    await gateway.client().post('/register', { email, password: PASSWORD });
    before = await stored(email);
  });
  beforeEach(async () => {
    const answer = await gateway
      .client()
      .post<{ access_token: string; refresh_token: string }>('/api/auth/login', { ...WISHES, ...login });
    expect(answer.status).toBe(200);
    refreshToken = answer.body.refresh_token;
    client = gateway.client().bearer(answer.body.access_token);
  });
  afterEach(async () => {
    expect(await stored(email)).toEqual(before);
    expect((await client.get('/api/v1/admin/users')).status).not.toBe(200);
  });

  const BODIES: [string, object][] = [
    ['/api/auth/login', login],
    ['/api/v1/auth/login', login],
    ['/login', { email, password: PASSWORD }],
    ['/users/login', { email, password: PASSWORD }],
    ['/api/auth/refresh-api-key', {}],
    ['/api/auth/logout', {}],
    ['/api/v1/api-keys', { name: 'mine' }],
    ['/api-keys/create', { name: 'mine' }],
    ['/api/auth/change-password', { current_password: PASSWORD, new_password: PASSWORD }],
    ['/api/v1/user/change-password', { current_password: PASSWORD, new_password: PASSWORD }],
    ['/api/auth/logout-all', {}],
    ...CHATS,
  ];

  it.each(BODIES)('%s changes nothing of it', async (path, body) => {
    const { status } = await client.post(path, { ...WISHES, ...body });
    expect([200, 201]).toContain(status);
  });

  it('is asked for no other body', async () => {
    type Operations = Record<string, { requestBody?: unknown }>;
    const { paths } = (await gateway.client().get<{ paths: Record<string, Operations> }>('/docs-json')).body;
    const tried = new Set([...SENT, ...BODIES.map(([path]) => `POST ${path}`)]);
    const others = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method, { requestBody }]) => requestBody !== undefined && method !== 'get')
        .map(([method]) => `${method.toUpperCase()} ${path}`)
        .filter((name) => !name.includes(' /api/v1/admin/') && !tried.has(name)),
    );
    expect(others).toEqual([]);
  });

  it('an appeal changes nothing of it but the case', async () => {
    const admin = await gateway.admin();
    const { id } = before as { id: number };
    await admin.post(`/api/v1/admin/users/${id}/block`, { reason: 'test' });
    const appeal = { text: 'Please.' };
    const wish = { ...appeal, state: 'unblocked' };
    expect((await client.post('/api/v1/user/case/appeal', wish)).status).toBe(422);
    expect((await client.post('/api/v1/user/case/appeal', appeal)).status).toBe(200);
    expect((await client.get('/api/v1/user/quota')).status).toBe(403);
    await admin.post(`/api/v1/admin/users/${id}/unblock`);
  });

  it('/api/auth/refresh changes nothing of it', async () => {
    const wanted = { ...WISHES, refresh_token: refreshToken };
    expect((await client.post('/api/auth/refresh', wanted)).status).toBe(200);
  });

  it('chooses what becomes of its own words only', async () => {
    const path = '/api/v1/user/privacy';
    const wish = { user_id: 1, is_own_choice: false, contents: 'drop' };
    expect((await client.json('PUT', path, { body: wish })).status).toBe(422);
    const answer = await client.json('PUT', path, { body: { contents: 'drop' } });
    expect([answer.status, answer.body]).toEqual([200, { contents: 'drop', is_own_choice: true }]);
    const { id } = before as { id: number };
    expect(await gateway.books.query('SELECT user_id, mode FROM content_choices')).toEqual([
      { user_id: id, mode: 'drop' },
    ]);
  });

  it('cannot give a key of its own to somebody else', async () => {
    const { body } = await client.post<{ id: string }>('/api/v1/api-keys', { name: 'mine' });
    const path = `/api/v1/api-keys/${body.id}`;
    expect((await client.json('PATCH', path, { body: { ...WISHES, name: 'still mine' } })).status).toBe(200);
    expect((await client.post(`${path}/rotate`, { ...WISHES, grace_seconds: 60 })).status).toBe(422);
    expect((await client.post(`/api-keys/revoke/${body.id}`, WISHES)).status).toBe(200);
    const rows = await gateway.books.query<{ email: string }>(
      'SELECT u.email FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.public_id = $1',
      [body.id],
    );
    expect(rows).toEqual([{ email }]);
  });
});
