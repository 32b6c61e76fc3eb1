import type { ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

const ADMIN_ROUTE = '/api/v1/admin/invitations';
const PASSWORD = 'the password of a guest';

interface Invitation {
  id: string;
  email: string | null;
  status: string;
  expires_at: string;
  accepted_by: string | null;
}
interface Issued extends Invitation {
  token: string;
  accept_path: string;
}
interface Account {
  id: string;
  email: string;
  username: string | null;
  api_key: string;
  role: string;
  code?: string;
}

let gateway: Gateway;
let admin: ApiClient;
let guests = 0;

beforeAll(async () => {
  gateway = await Gateway.start({ env: { REGISTRATION: 'invite' } });
  admin = await gateway.admin();
});
afterAll(() => gateway.stop());

const guest = (): { username: string; email: string; password: string } => {
  guests += 1;
  return { username: `guest${guests}`, email: `guest${guests}@example.com`, password: PASSWORD };
};

async function invite(body: unknown = {}): Promise<Issued> {
  const answer = await admin.post<Issued>(ADMIN_ROUTE, body);
  expect(answer.status).toBe(200);
  return answer.body;
}

const register = (body: unknown) => gateway.client().post<Account>('/api/auth/register', body);

async function statusOf(id: string): Promise<Invitation | undefined> {
  return (await admin.get<Invitation[]>(ADMIN_ROUTE)).body.find((invitation) => invitation.id === id);
}

it('opens an account with its token, once', async () => {
  const { id, token } = await invite();
  expect((await statusOf(id))?.status).toBe('pending');
  const wanted = guest();
  const { status, body } = await register({ ...wanted, invitation: token });
  expect([status, body.role]).toEqual([201, 'user']);
  expect(await statusOf(id)).toMatchObject({ status: 'accepted', accepted_by: body.id });

  const again = await register({ ...guest(), invitation: token });
  expect([again.status, again.body.code]).toEqual([403, 'invalid_invitation']);
});

it('works for clients of the AI worker API, in their dialect', async () => {
  const { email, password } = guest();
  const closed = await gateway.client().post('/register', { email, password });
  expect(closed).toMatchObject({ status: 403, body: { error: expect.stringContaining('invitation') as string } });
  const { token } = await invite();
  expect((await gateway.client().post('/register', { email, password, invitation: token })).status).toBe(200);
});

it('has a page of its own', async () => {
  const { accept_path } = await invite({ email: 'Named@Example.com', expires_in_days: 1 });
  const shown = await gateway.client().get<Invitation>(accept_path);
  expect(shown).toMatchObject({ status: 200, body: { email: 'Named@Example.com' } });
  const remainingMs = Date.parse(shown.body.expires_at) - Date.now();
  expect(remainingMs).toBeGreaterThan(23 * 3_600_000);
  expect(remainingMs).toBeLessThan(25 * 3_600_000);

  const accepted = await gateway.client().post<Account>(accept_path, { password: PASSWORD, name: 'Guest' });
  expect(accepted).toMatchObject({ status: 200, body: { email: 'Named@Example.com', role: 'user' } });
  const login = { username: 'named@example.com', password: PASSWORD };
  expect((await gateway.client().post('/api/auth/login', login)).status).toBe(200);
  for (const answer of [await gateway.client().get(accept_path), await gateway.client().post(accept_path, guest())]) {
    expect(answer.status).toBe(404);
  }
});

it('asks for an address when it names none', async () => {
  const { accept_path } = await invite();
  const nameless = await gateway.client().post<{ detail: string }>(accept_path, { password: PASSWORD });
  expect(nameless).toMatchObject({ status: 422, body: { detail: expect.stringContaining('email') as string } });
  expect((await gateway.client().post(accept_path, guest())).status).toBe(200);
});

it('is for one address when it names one', async () => {
  const wanted = guest();
  const { token } = await invite({ email: wanted.email.toUpperCase() });
  const stranger = await register({ ...guest(), invitation: token });
  expect([stranger.status, stranger.body.code]).toEqual([403, 'invalid_invitation']);
  expect((await register({ ...wanted, invitation: token })).status).toBe(201);
});

it('is good for one account, however many try at once, and leaves nothing of the others behind', async () => {
  const { token } = await invite();
  const wanted = Array.from({ length: 8 }, guest);
  const answers = await Promise.all(wanted.map((body) => register({ ...body, invitation: token })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(403)]);
  const rows = await gateway.books.query('SELECT 1 FROM users WHERE email_normalized = ANY ($1)', [
    wanted.map(({ email }) => email),
  ]);
  expect(rows).toHaveLength(1);
});

it('survives a registration that fails', async () => {
  const { token } = await invite();
  const taken = guest();
  expect((await register({ ...taken, invitation: (await invite()).token })).status).toBe(201);
  expect((await register({ ...taken, invitation: token })).status).toBe(400);
  expect((await register({ ...guest(), invitation: token })).status).toBe(201);
});

it('is worth nothing once it is revoked or has expired', async () => {
  const revoked = await invite();
  for (let time = 0; time < 2; time += 1) {
    expect((await admin.json('DELETE', `${ADMIN_ROUTE}/${revoked.id}`)).status).toBe(204);
  }
  const expired = await invite();
  await gateway.books.query('UPDATE invitations SET expires_at = now() WHERE public_id = $1', [expired.id]);
  for (const { token, accept_path } of [revoked, expired]) {
    expect((await gateway.client().get(accept_path)).status).toBe(404);
    expect((await register({ ...guest(), invitation: token })).status).toBe(403);
  }
  expect([(await statusOf(revoked.id))?.status, (await statusOf(expired.id))?.status]).toEqual(['revoked', 'expired']);
});

it('cannot be revoked after it was accepted, nor when there is none', async () => {
  const { id, token } = await invite();
  await register({ ...guest(), invitation: token });
  expect((await admin.json('DELETE', `${ADMIN_ROUTE}/${id}`)).status).toBe(409);
  for (const nobody of ['00000000-0000-4000-8000-000000000000', 'nonsense']) {
    expect((await admin.json('DELETE', `${ADMIN_ROUTE}/${nobody}`)).status).toBe(404);
  }
});

it('is made by administrators only, and its token is stored and shown nowhere else', async () => {
  const { token } = await invite();
  const wanted = guest();
  await register({ ...wanted, invitation: token });
  const login = { username: wanted.username, password: PASSWORD };
  const { body } = await gateway.client().post<{ access_token: string }>('/api/auth/login', login);
  const user = gateway.client().bearer(body.access_token);
  expect((await user.post(ADMIN_ROUTE, {})).status).toBe(403);
  expect((await user.get(ADMIN_ROUTE)).status).toBe(403);
  expect((await gateway.client().get(ADMIN_ROUTE)).status).toBe(401);

  expect(JSON.stringify((await admin.get(ADMIN_ROUTE)).body)).not.toContain(token.slice(3));
  const [row] = await gateway.books.query<{ all: string }>('SELECT json_agg(i)::text AS all FROM invitations i');
  expect(row?.all).not.toContain(token.slice(3));
  expect(gateway.output()).not.toContain(token.slice(3));
});

it.each([
  { email: 'nonsense' },
  { email: null },
  { expires_in_days: 0 },
  { expires_in_days: 91 },
  { expires_in_days: 1.5 },
  { expires_in_days: '7' },
])('refuses %j', async (body) => {
  expect((await admin.post(ADMIN_ROUTE, body)).status).toBe(422);
});

it('opens nothing where registration is off', async () => {
  const { token, accept_path } = await invite();
  const shut = gateway.client(await gateway.addServer({ REGISTRATION: 'off' }));
  const answers = [
    await shut.post<Account>('/api/auth/register', { ...guest(), invitation: token }),
    await shut.post<Account>(accept_path, guest()),
  ];
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(2).fill([403, 'registration_closed']));
});
