import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

/** The administrator of the document, with the password that it uses. */
const ADMIN_ENV = { ADMIN_EMAIL: 'admin@yourcompany.com', ADMIN_PASSWORD: 'admin123' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

interface Login {
  access_token: string;
  token_type: string;
  user: { name: string; email: string };
}

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start({ env: ADMIN_ENV });
});
afterAll(() => gateway.stop());

const logIn = <Body = Login>(form: string) => gateway.client().post<Body>('/api/v1/auth/login', form, FORM);

it('logs the administrator in with a form and opens an account, as the document does', async () => {
  const { status, body } = await logIn('username=admin@yourcompany.com&password=admin123');
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({
      access_token: expect.any(String) as string,
      token_type: 'bearer',
      user: { name: 'Administrator', email: 'admin@yourcompany.com' },
    }),
  ]);
  const admin = gateway.client().bearer(body.access_token);
  const wanted = { email: 'user@example.com', name: 'John Doe', daily_quota: 10000, monthly_quota: 300000 };
  const opened = await admin.post<{ id: number; api_token: string }>('/api/v1/admin/users', wanted);
  expect([opened.status, Number.isInteger(opened.body.id)]).toEqual([200, true]);
  expect((await gateway.client().bearer(opened.body.api_token).get('/api/v1/user/quota')).status).toBe(200);
});

it('takes JSON as well', async () => {
  const json = { username: 'ADMIN@yourcompany.com', password: 'admin123' };
  expect((await gateway.client().post('/api/v1/auth/login', json)).status).toBe(200);
});

it('refuses a wrong password and an incomplete form in the words of the contract', async () => {
  const wrong = await logIn<{ detail: string }>('username=admin@yourcompany.com&password=wrong');
  expect([wrong.status, wrong.body.detail, wrong.headers['www-authenticate']]).toEqual([
    401,
    'Incorrect email or password',
    'Bearer',
  ]);
  expect((await logIn('username=admin@yourcompany.com')).status).toBe(422);
});

it('lets nobody in who has no password yet, and does not say so', async () => {
  const refused = await logIn<{ detail: string }>('username=user@example.com&password=');
  expect([refused.status, refused.body.detail]).toEqual([401, 'Incorrect email or password']);
});
