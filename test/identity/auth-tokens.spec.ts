import { createHmac, randomUUID } from 'node:crypto';
import type { ApiAnswer } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

const SECRET = 'a-jwt-secret-of-this-spec-0123456789-abcdefgh';
const PASSWORD = 'the right password';
const ME = '/api/auth/me';

interface Tokens {
  access_token: string;
  refresh_token: string;
}

type Part = Record<string, unknown>;

let gateway: Gateway;
let email: string;

beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2, env: { JWT_SECRET_KEY: SECRET } });
});
beforeEach(async () => {
  email = `${randomUUID()}@example.com`;
  expect((await gateway.client().post('/register', { email, password: PASSWORD })).status).toBe(200);
});
afterAll(() => gateway.stop());

async function logIn(password = PASSWORD): Promise<Tokens> {
  const answer = await gateway.client().post<Tokens>('/api/auth/login', { username: email, password });
  expect(answer.status).toBe(200);
  return answer.body;
}

const me = (token: string, server = 0): Promise<ApiAnswer<unknown>> => gateway.client(server).bearer(token).get(ME);

const refresh = (token: string, server = 0): Promise<ApiAnswer<Tokens>> =>
  gateway.client(server).post<Tokens>('/api/auth/refresh', { refresh_token: token });

const encode = (part: Part): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string | undefined): Part => JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Part;

function signed(header: Part, claims: Part, secret = SECRET, digest = 'sha256'): string {
  const content = `${encode(header)}.${encode(claims)}`;
  return `${content}.${createHmac(digest, secret).update(content).digest('base64url')}`;
}

/** A good token, taken apart. */
async function parts(): Promise<{ header: Part; claims: Part; signature: string; token: string }> {
  const { access_token: token } = await logIn();
  const [header, claims, signature = ''] = token.split('.');
  return { header: decode(header), claims: decode(claims), signature, token };
}

describe('a forged access token', () => {
  const hourAgo = Math.floor(Date.now() / 1000) - 3_600;

  it('is made here as well as there, so that the refusals below mean something', async () => {
    const { header, claims } = await parts();
    expect((await me(signed(header, claims))).status).toBe(200);
  });

  const forgeries: [string, (good: Awaited<ReturnType<typeof parts>>) => string][] = [
    ['unsigned', ({ claims }) => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`],
    ['unsigned, with a signature', ({ claims }) => signed({ alg: 'none' }, claims)],
    ['unsigned, in another spelling', ({ claims }) => `${encode({ alg: 'nOnE' })}.${encode(claims)}.`],
    [
      'signed with another key',
      ({ header, claims }) => signed(header, claims, 'another secret of the same length 012345'),
    ],
    ['signed with an empty key', ({ header, claims }) => signed(header, claims, '')],
    ['signed with another algorithm', ({ claims }) => signed({ alg: 'HS512', typ: 'JWT' }, claims, SECRET, 'sha512')],
    [
      'with another account in it',
      ({ header, claims, signature }) => `${encode(header)}.${encode({ ...claims, sub: randomUUID() })}.${signature}`,
    ],
    ['cut off', ({ token }) => token.slice(0, -4)],
    ['without its signature', ({ token }) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['that has expired', ({ header, claims }) => signed(header, { ...claims, iat: hourAgo - 3_600, exp: hourAgo })],
    ['that is not valid yet', ({ header, claims }) => signed(header, { ...claims, nbf: hourAgo + 7_200 })],
    ['of another issuer', ({ header, claims }) => signed(header, { ...claims, iss: 'somebody' })],
    ['for another audience', ({ header, claims }) => signed(header, { ...claims, aud: 'somebody' })],
    ['without an audience', ({ header, claims }) => signed(header, { ...claims, aud: undefined })],
    ['of another type', ({ header, claims }) => signed(header, { ...claims, typ: 'refresh' })],
    ['without a type', ({ header, claims }) => signed(header, { ...claims, typ: undefined })],
    ['of another session', ({ header, claims }) => signed(header, { ...claims, sid: randomUUID() })],
    ['of a later epoch', ({ header, claims }) => signed(header, { ...claims, epoch: 1 })],
    [
      'with a role in it and no account',
      ({ header, claims }) => signed(header, { ...claims, sub: 'admin', role: 'admin' }),
    ],
    ['that is a list', ({ header }) => signed(header, [] as unknown as Part)],
  ];

  it.each(forgeries)('%s is refused', async (_name, forge) => {
    const answer = await me(forge(await parts()));
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  it('does not become an administrator by saying so', async () => {
    const { header, claims } = await parts();
    const promoted = signed(header, { ...claims, role: 'admin', is_admin: true });
    expect((await gateway.client().bearer(promoted).get('/api/v1/admin/users')).status).toBe(403);
  });

  it('is not a refresh token, and the other way round', async () => {
    const { access_token, refresh_token } = await logIn();
    expect((await me(refresh_token)).status).toBe(401);
    expect((await refresh(access_token)).status).toBe(401);
  });
});

describe('a refresh token', () => {
  it('makes new tokens once', async () => {
    const first = await logIn();
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect((await me(second.body.access_token)).status).toBe(200);
  });

  it('used twice ends its family on every replica, and no other session', async () => {
    const elsewhere = await logIn();
    const first = await logIn();
    const second = (await refresh(first.refresh_token)).body;
    expect((await me(second.access_token, 1)).status).toBe(200);

    expect((await refresh(first.refresh_token, 1)).status).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(401);
    for (const token of [first.access_token, second.access_token]) {
      expect((await me(token, 1)).status).toBe(401);
    }
    expect((await me(elsewhere.access_token)).status).toBe(200);
    expect((await refresh(elsewhere.refresh_token)).status).toBe(200);
  });

  it('presented by several at once is good for one of them at most', async () => {
    const { refresh_token } = await logIn();
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => refresh(refresh_token, index % 2)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners.length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(6 - winners.length);
  });

  it.each(['', 'gr_', 'gr_nobody', 'x'.repeat(500)])('that was never issued is refused: %p', async (token) => {
    expect([401, 422]).toContain((await refresh(token)).status);
  });

  it('is worth nothing after logging out', async () => {
    const { access_token, refresh_token } = await logIn();
    expect((await gateway.client().bearer(access_token).post('/api/auth/logout')).status).toBe(200);
    expect((await refresh(refresh_token)).status).toBe(401);
    expect((await me(access_token)).status).toBe(401);
  });
});

it('logs out everywhere: every session on every replica, but no key', async () => {
  const sessions = [await logIn(), await logIn()];
  const key = await gateway
    .client()
    .bearer(sessions[0].access_token)
    .post<{ api_key: string }>('/api/auth/refresh-api-key');
  for (const { access_token } of sessions) expect((await me(access_token, 1)).status).toBe(200);

  expect((await gateway.client().bearer(sessions[0].access_token).post('/api/auth/logout-all')).status).toBe(200);
  for (const { access_token, refresh_token } of sessions) {
    expect((await me(access_token)).status).toBe(401);
    expect((await refresh(refresh_token, 1)).status).toBe(401);
  }
  await expectWithin5s(async () => (await me(sessions[1].access_token, 1)).status === 401);
  expect((await gateway.client().bearer(key.body.api_key).get('/api/v1/user/quota')).status).toBe(200);
  expect((await me((await logIn()).access_token)).status).toBe(200);
});

it.each(['/api/auth/change-password', '/api/v1/user/change-password'])(
  'changes the password at %s and ends every session',
  async (path) => {
    const here = await logIn();
    const elsewhere = await logIn();
    const client = gateway.client().bearer(here.access_token);
    const wanted = { current_password: PASSWORD, new_password: 'an even better password' };

    expect((await client.post(path, { ...wanted, current_password: 'wrong' })).status).toBe(400);
    expect((await client.post(path, { ...wanted, new_password: 'short' })).status).toBe(422);
    expect((await client.post(path, { ...wanted, new_password: 'x'.repeat(129) })).status).toBe(422);
    expect((await client.post(path, wanted)).status).toBe(200);

    for (const { access_token, refresh_token } of [here, elsewhere]) {
      expect((await me(access_token)).status).toBe(401);
      expect((await refresh(refresh_token)).status).toBe(401);
      await expectWithin5s(async () => (await me(access_token, 1)).status === 401);
    }
    const old = await gateway.client().post('/api/auth/login', { username: email, password: PASSWORD });
    expect(old.status).toBe(401);
    expect((await me((await logIn(wanted.new_password)).access_token)).status).toBe(200);
  },
);

async function expectWithin5s(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it took more than five seconds');
  }
}
