import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

interface Account {
  id: string;
  username: string;
  email: string;
  api_key: string;
  is_active: boolean;
  is_admin: boolean;
  role: string;
  created_at: string;
}
interface Token {
  access_token: string;
  token_type: string;
}
interface Refusal {
  detail: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const USER = { username: 'user', email: 'user@example.com', password: 'password' };

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(() => gateway.stop());

it('registers, logs in with JSON, shows the account and replaces its key, as the document does', async () => {
  const client = gateway.client();
  const registered = await client.post<Account>('/api/auth/register', USER);
  expect(registered.status).toBe(201);
  expect(registered.body).toEqual({
    id: expect.stringMatching(UUID) as string,
    username: 'user',
    email: 'user@example.com',
    api_key: expect.stringMatching(/^cb_/) as string,
    is_active: true,
    is_admin: false,
    role: 'user',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
  });

  const login = await client.post<Token>('/api/auth/login', { username: 'user', password: 'password' });
  expect([login.status, login.body.token_type]).toEqual([200, 'bearer']);
  const user = client.bearer(login.body.access_token);

  const me = await user.get<Account>('/api/auth/me');
  expect([me.status, { ...me.body, api_key: '' }]).toEqual([200, { ...registered.body, api_key: '' }]);
  expect(me.body.api_key).not.toContain(registered.body.api_key);

  const refreshed = await user.post<Account>('/api/auth/refresh-api-key');
  expect([refreshed.status, refreshed.body.id]).toEqual([200, registered.body.id]);
  expect(refreshed.body.api_key).not.toBe(registered.body.api_key);
  const quotaOf = async (key: string) => (await client.get('/api/v1/user/quota', { 'x-api-key': key })).status;
  expect([await quotaOf(registered.body.api_key), await quotaOf(refreshed.body.api_key)]).toEqual([401, 200]);
});

it.each([
  ['the username first', USER, 'Username already registered'],
  ['the address', { ...USER, username: 'other' }, 'Email already registered'],
  ['in any spelling', { ...USER, username: 'other', email: 'USER@Example.com' }, 'Email already registered'],
])('refuses what is taken: %s', async (_name, body, detail) => {
  const refused = await gateway.client().post<Refusal>('/api/auth/register', body);
  expect([refused.status, refused.body.detail]).toEqual([400, detail]);
});

it('refuses a wrong password, a missing field and a missing token in the words of the contract', async () => {
  const client = gateway.client();
  const wrong = await client.post<Refusal>('/api/auth/login', { username: 'user', password: 'wrong password' });
  expect([wrong.status, wrong.body.detail, wrong.headers['www-authenticate']]).toEqual([
    401,
    'Incorrect username or password',
    'Bearer',
  ]);
  expect((await client.post('/api/auth/login', { username: 'user' })).status).toBe(422);
  expect((await client.post('/api/auth/register', { ...USER, username: 'a@b' })).status).toBe(422);
  const forged = await client.bearer('YOUR_JWT_TOKEN').get<Refusal>('/api/auth/me');
  expect([forged.status, forged.body.detail]).toEqual([401, 'Could not validate credentials']);
  expect((await client.get('/api/auth/me')).status).toBe(401);
  expect((await client.post('/api/auth/refresh-api-key')).status).toBe(401);
});
