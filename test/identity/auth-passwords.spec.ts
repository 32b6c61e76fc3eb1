import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

interface Refusal {
  detail: string;
  code: string;
}

let gateway: Gateway;
let names = 0;

beforeAll(async () => {
  gateway = await Gateway.start({ env: { NODE_ENV: 'production', REGISTRATION: 'open' } });
});
afterAll(() => gateway.stop());

const register = (password: unknown) =>
  gateway.client().post<Refusal>('/api/auth/register', {
    username: `somebody${(names += 1)}`,
    email: `${names}@example.com`,
    password,
  });

describe('a new password in production', () => {
  it.each(['password', 'Password', '12345678', 'qwertyuiop', 'iloveyou', 'football1'])(
    'is not one of the most common: %s',
    async (password) => {
      const refused = await register(password);
      expect([refused.status, refused.body.code]).toEqual([422, 'common_password']);
      expect(refused.body.detail).toContain('password');
    },
  );

  it.each([
    ['8 characters', 'xkqzvwjp'],
    ['128 characters', 'n'.repeat(128)],
    ['spaces only at its ends', '  rain over   '],
    ['emoji', '🦊🐻🐼🐨🐯🦁🐮🐷'],
    ['no digits or capitals', 'correct horse battery staple'],
  ])('may have %s', async (_name, password) => {
    const { status } = await register(password);
    expect(status).toBe(201);
    const login = { username: `somebody${names}`, password };
    expect((await gateway.client().post('/api/auth/login', login)).status).toBe(200);
  });

  it.each([
    ['7 characters', 'xkqzvwj'],
    ['129 characters', 'n'.repeat(129)],
    ['a number', 12_345_678],
    ['nothing', null],
  ])('is not %s', async (_name, password) => {
    const refused = await register(password);
    expect(refused.status).toBe(422);
    expect(refused.body.detail).toContain('password');
  });

  it('is not common when it is changed or comes with an invitation', async () => {
    await register('a fine password');
    const login = { username: `somebody${names}`, password: 'a fine password' };
    const { body } = await gateway.client().post<{ access_token: string }>('/api/auth/login', login);
    const change = await gateway
      .client()
      .bearer(body.access_token)
      .post<Refusal>('/api/auth/change-password', { current_password: 'a fine password', new_password: 'password1' });
    expect([change.status, change.body.code]).toEqual([422, 'common_password']);

    const invitation = await (
      await gateway.admin()
    ).post<{ accept_path: string }>('/api/v1/admin/invitations', {
      email: 'invited@example.com',
    });
    const accept = await gateway.client().post<Refusal>(invitation.body.accept_path, { password: 'password1' });
    expect([accept.status, accept.body.code]).toEqual([422, 'common_password']);
  });
});

it('lets the documents use theirs outside production', async () => {
  const laptop = gateway.client(await gateway.addServer({ NODE_ENV: 'test' }));
  const body = { username: 'user', email: 'user@example.com', password: 'password' };
  expect((await laptop.post('/api/auth/register', body)).status).toBe(201);
});
