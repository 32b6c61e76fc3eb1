import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(() => gateway.stop());

describe.each([
  ['/register', '/login', 'user@example.com'],
  ['/users/register', '/users/login', 'other@example.com'],
])('%s and %s', (register, login, email) => {
  const credentials = { email, password: 'yourpassword' };

  it('register, log in and use the token, as the document does', async () => {
    const client = gateway.client();
    const created = await client.post<{ message: string; token: string }>(register, credentials);
    expect([created.status, created.body]).toEqual([
      200,
      { message: 'User created', token: expect.stringMatching(JWT) as string },
    ]);
    const entered = await client.post<{ token: string }>(login, credentials);
    expect([entered.status, entered.body]).toEqual([200, { token: expect.stringMatching(JWT) as string }]);

    for (const { token } of [created.body, entered.body]) {
      const user = client.bearer(token);
      const made = await user.post<{ key: string; message: string }>('/api-keys/create', { name: 'API Key Name' });
      expect(made).toMatchObject({
        status: 200,
        body: { message: "API key created successfully. Save this key as it won't be shown again." },
      });
      const listed = await user.get<{ name: string; active: boolean }[]>('/api-keys/list');
      expect(listed.body).toContainEqual(expect.objectContaining({ name: 'API Key Name', active: true }));
    }
  });

  it.each([
    ['an address that is taken', register, credentials, 400, 'User creation failed'],
    ['a wrong password', login, { ...credentials, password: 'wrong password' }, 401, 'Invalid credentials'],
    ['an unknown address', login, { ...credentials, email: 'nobody@example.com' }, 401, 'Invalid credentials'],
  ])('refuse %s', async (_name, path, body, status, error) => {
    const refused = await gateway.client().post<{ error: string }>(path, body);
    expect([refused.status, refused.body.error]).toEqual([status, error]);
  });

  it.each([
    ['no password', { email }],
    ['an empty password', { email, password: '' }],
    ['no address', { password: 'yourpassword' }],
    ['something else for an address', { email: 'nobody', password: 'yourpassword' }],
  ])('refuse a registration with %s', async (_name, body) => {
    const refused = await gateway.client().post<{ error: string }>(register, body);
    expect(refused.status).toBe(400);
    expect(refused.body.error).not.toBe('');
  });
});
