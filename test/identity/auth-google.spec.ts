import { generateKeyPairSync } from 'node:crypto';
import type { ApiAnswer } from '../support/api-client.js';
import { FakeGoogle, type GooglePerson } from '../support/fake-google.js';
import { ADMIN, Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

const ROUTE = '/api/auth/google';

interface GoogleAccount {
  id: number;
  email: string;
  name: string | null;
  picture: string | null;
  total_tokens: number;
  tokens_used: number;
  tokens_left: number;
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}

interface Refusal {
  detail: string;
  code: string;
}

let google: FakeGoogle;
let gateway: Gateway;
let people = 0;

/** Somebody whom nobody has seen before. */
function somebody(change: Partial<GooglePerson> = {}): GooglePerson {
  people += 1;
  const name = `person${people}`;
  return { sub: `10000${people}`, email: `${name}@gmail.test`, name, picture: 'https://google.test/p.png', ...change };
}

const login = <Body = GoogleAccount>(body: unknown): Promise<ApiAnswer<Body>> =>
  gateway.client().post<Body>(ROUTE, body);

async function accounts(): Promise<number> {
  const [row] = await gateway.books.query<{ count: number }>('SELECT count(*)::int AS count FROM users');
  return row?.count ?? 0;
}

beforeAll(async () => {
  google = await FakeGoogle.start();
  gateway = await Gateway.start({ env: google.env });
});
afterEach(() => {
  google.broken = false;
});
afterAll(async () => {
  await gateway.stop();
  await google.stop();
});

describe('a good token', () => {
  it('opens an account with a million tokens, and the same one the next time', async () => {
    const person = somebody({ email: 'Some.Body@Gmail.test', name: 'Some Body' });
    const first = await login({ access_token: google.accessToken(person) });
    expect(first).toMatchObject({
      status: 200,
      body: {
        email: 'Some.Body@Gmail.test',
        name: 'Some Body',
        picture: 'https://google.test/p.png',
        total_tokens: 1_000_000,
        tokens_used: 0,
        tokens_left: 1_000_000,
        token_type: 'bearer',
      },
    });
    const me = await gateway.client().bearer(first.body.access_token).get<{ role: string }>('/api/auth/me');
    expect([me.status, me.body.role]).toEqual([200, 'user']);
    expect((await gateway.client().post('/api/auth/refresh', { refresh_token: first.body.refresh_token })).status).toBe(
      200,
    );

    const second = await login({ access_token: google.accessToken({ ...person, name: 'New Name' }) });
    expect(second).toMatchObject({ status: 200, body: { id: first.body.id, name: 'New Name' } });
  });

  it('may be an ID token', async () => {
    const person = somebody();
    const first = await login({ id_token: google.idToken(person) });
    expect(first).toMatchObject({ status: 200, body: { email: person.email, name: person.name } });
    const second = await login({ access_token: google.accessToken(person) });
    expect(second.body.id).toBe(first.body.id);
    const plainIssuer = await login({ id_token: google.idToken(person, { iss: 'accounts.google.com' }) });
    expect(plainIssuer.body.id).toBe(first.body.id);
  });

  it('opens one account, however many logins come at once', async () => {
    const person = somebody();
    const tokens = Array.from({ length: 8 }, () => google.accessToken(person));
    const answers = await Promise.all(tokens.map((access_token) => login({ access_token })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  it('knows the person by sub, also under a new address', async () => {
    const person = somebody();
    const first = await login({ access_token: google.accessToken(person) });
    const moved = await login({ access_token: google.accessToken({ ...person, email: 'moved@gmail.test' }) });
    expect(moved).toMatchObject({ status: 200, body: { id: first.body.id } });
  });

  it('does not let a blocked account in', async () => {
    const person = somebody();
    const { body } = await login({ access_token: google.accessToken(person) });
    await (await gateway.admin()).post(`/api/v1/admin/users/${body.id}/block`, { reason: 'test' });
    const refused = await login<Refusal>({ access_token: google.accessToken(person) });
    expect([refused.status, refused.body.code]).toEqual([403, 'account_suspended']);
  });
});

describe('a bad token', () => {
  const past = Math.floor(Date.now() / 1000) - 60;
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const other = 'other.apps.googleusercontent.com';
  const access = (change: Record<string, unknown>) => () => ({ access_token: google.accessToken(somebody(), change) });
  const id = (change: Record<string, unknown>) => () => ({ id_token: google.idToken(somebody(), change) });

  it.each<[string, () => Record<string, string>]>([
    ['that Google does not know', () => ({ access_token: 'ya29.nobody' })],
    ['of another audience', access({ aud: other, azp: other })],
    ['that another application got', access({ azp: other })],
    ['without an audience', access({ aud: undefined, azp: undefined })],
    ['that has expired', access({ exp: String(past), expires_in: '0' })],
    ['without an expiry', access({ exp: undefined, expires_in: undefined })],
    ['of an unverified address', access({ email_verified: 'false' })],
    ['of an address nobody vouches for', access({ email_verified: undefined })],
    ['without sub', access({ sub: undefined })],
    ['without an address', access({ email: undefined })],
    ['whose profile is of somebody else', () => ({ access_token: google.accessToken(somebody(), {}, { sub: '1' }) })],
    ['that is an ID token, in the wrong field', () => ({ access_token: google.idToken(somebody()) })],
    ['with words for an ID token', () => ({ id_token: 'not.a.token' })],
    ['with an ID token of another issuer', id({ iss: 'https://accounts.example.com' })],
    ['with an ID token of another audience', id({ aud: other })],
    ['with an ID token that another application got', id({ azp: other })],
    ['with an expired ID token', id({ exp: past })],
    ['with an ID token that never expires', id({ exp: undefined })],
    ['with an ID token of an unverified address', id({ email_verified: false })],
    ['with an ID token without sub', id({ sub: undefined })],
    [
      'with an ID token that somebody else signed',
      () => ({ id_token: google.idToken(somebody(), {}, { key: stranger }) }),
    ],
    [
      'with an ID token of an unknown key',
      () => ({ id_token: google.idToken(somebody(), {}, { header: { kid: 'x' } }) }),
    ],
    ['with an unsigned ID token', () => ({ id_token: google.idToken(somebody(), {}, { header: { alg: 'none' } }) })],
    [
      'with an ID token signed with the public key as a secret',
      () => ({
        id_token: google.idToken(somebody(), {}, { header: { alg: 'HS256' } }),
      }),
    ],
    [
      'whose ID token is of somebody else',
      () => ({
        access_token: google.accessToken(somebody()),
        id_token: google.idToken(somebody()),
      }),
    ],
  ])('%s is refused in the same words', async (_name, body) => {
    const before = await accounts();
    const refused = await login<Refusal>(body());
    expect([refused.status, refused.body.detail]).toEqual([401, 'Invalid access token']);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    expect(await accounts()).toBe(before);
  });

  it.each([{}, { access_token: '' }, { access_token: 7 }, { access_token: null }, { id_token: ['x'] }])(
    'of the wrong shape is a 422: %j',
    async (body) => {
      expect((await login(body)).status).toBe(422);
    },
  );

  it('is not what it is when Google cannot tell: 503, and nothing of what Google said', async () => {
    const access_token = google.accessToken(somebody());
    google.broken = true;
    const unavailable = await login<Refusal>({ access_token });
    expect([unavailable.status, unavailable.body.code]).toEqual([503, 'google_unavailable']);
    expect(unavailable.headers['retry-after']).toBeDefined();
    expect(JSON.stringify(unavailable.body)).not.toContain('internals');
  });
});

describe('an address that is taken', () => {
  const register = (email: string) =>
    gateway.client().post('/register', { email, password: 'the password of an attacker' });

  it('is not handed to Google: who registered it first proved nothing', async () => {
    const person = somebody();
    expect((await register(person.email)).status).toBe(200);
    const refused = await login<Refusal>({ access_token: google.accessToken(person) });
    expect([refused.status, refused.body.code]).toEqual([401, 'account_not_linked']);
    const rows = await gateway.books.query('SELECT google_sub FROM users WHERE email_normalized = $1', [person.email]);
    expect(rows).toEqual([{ google_sub: null }]);
  });

  it('does not make anybody the administrator', async () => {
    const refused = await login<Refusal>({ access_token: google.accessToken(somebody({ email: ADMIN.email })) });
    expect(refused.status).toBe(401);
  });

  it('is another person under another sub', async () => {
    const person = somebody();
    expect((await login({ access_token: google.accessToken(person) })).status).toBe(200);
    const impostor = await login<Refusal>({ access_token: google.accessToken({ ...person, sub: 'another' }) });
    expect([impostor.status, impostor.body.detail]).toEqual([401, 'Invalid access token']);
  });

  it('is linked once it was verified, in any spelling', async () => {
    const person = somebody();
    await register(person.email);
    await gateway.books.query('UPDATE users SET email_verified_at = now() WHERE email_normalized = $1', [person.email]);
    const linked = await login({ access_token: google.accessToken({ ...person, email: person.email.toUpperCase() }) });
    expect(linked).toMatchObject({ status: 200, body: { email: person.email } });
    const impostor = await login({ access_token: google.accessToken({ ...person, sub: 'another' }) });
    expect(impostor.status).toBe(401);
  });

  it('cannot be registered over a Google account', async () => {
    const person = somebody();
    const { body } = await login({ access_token: google.accessToken(person) });
    expect((await register(person.email)).status).toBe(400);
    const guess = await gateway.client().post('/login', { email: person.email, password: '' });
    expect(guess.status).toBe(401);
    expect((await login({ access_token: google.accessToken(person) })).body.id).toBe(body.id);
  });
});

it('is refused for strangers where registration is by invitation, and welcomes those who have an account', async () => {
  const known = somebody();
  await login({ access_token: google.accessToken(known) });
  const invited = gateway.client(await gateway.addServer({ REGISTRATION: 'invite' }));
  const stranger = somebody();
  const refused = await invited.post<Refusal>(ROUTE, { access_token: google.accessToken(stranger) });
  expect([refused.status, refused.body.code]).toEqual([403, 'registration_closed']);
  expect((await invited.post(ROUTE, { access_token: google.accessToken(known) })).status).toBe(200);

  const admin = await gateway.admin();
  const { body } = await admin.post<{ token: string }>('/api/v1/admin/invitations', {});
  const access_token = google.accessToken(stranger);
  expect((await invited.post(ROUTE, { access_token, invitation: body.token })).status).toBe(200);
  const again = await invited.post(ROUTE, { access_token: google.accessToken(somebody()), invitation: body.token });
  expect(again.status).toBe(403);
});

it('says so where Google is not configured', async () => {
  const plain = gateway.client(await gateway.addServer({ GOOGLE_CLIENT_ID: undefined }));
  const answer = await plain.post<Refusal>(ROUTE, { access_token: google.accessToken(somebody()) });
  expect([answer.status, answer.body.code, answer.headers['x-should-retry']]).toEqual([
    503,
    'google_not_configured',
    'false',
  ]);
});
