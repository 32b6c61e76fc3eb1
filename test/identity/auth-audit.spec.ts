import { FakeGoogle } from '../support/fake-google.js';
import { Gateway } from '../support/gateway.js';
import { logIn, type Person, signUp } from './people.js';

jest.setTimeout(60_000);

interface Entry {
  action: string;
  actorKind: string;
  actorUserId: number | null;
  address: string | null;
  requestId: string | null;
}

let google: FakeGoogle;
let gateway: Gateway;
let person: Person;

beforeAll(async () => {
  google = await FakeGoogle.start();
  gateway = await Gateway.start({ env: google.env });
  person = await signUp(gateway);
});
afterAll(async () => {
  await gateway.stop();
  await google.stop();
});

/** Entries about an account, oldest first. */
const entriesAbout = (userId: number): Promise<Entry[]> =>
  gateway.books.query<Entry>(
    `SELECT action, actor_kind AS "actorKind", actor_user_id AS "actorUserId", address, request_id AS "requestId"
       FROM audit_log WHERE target_user_id = $1 ORDER BY audit_log.id`,
    [userId],
  );

const ownEntry = (action: string): unknown =>
  expect.objectContaining({ action, actorKind: 'user', actorUserId: person.id, address: '127.0.0.1' });

it('tells of a registration, and from where it came', async () => {
  const [opened] = await entriesAbout(person.id);
  expect(opened).toMatchObject({ action: 'account.created', address: '127.0.0.1' });
  expect(opened?.requestId).toBeTruthy();
});

it('tells of a changed password, of logging out everywhere and of a replaced key, and not of what was refused', async () => {
  const change = { current_password: person.password, new_password: 'another fine password' };
  expect((await person.jwt.post('/api/auth/change-password', { ...change, current_password: 'wrong' })).status).toBe(
    400,
  );
  expect((await person.jwt.post('/api/auth/change-password', change)).status).toBe(200);
  const again = gateway.client().bearer(await logIn(gateway, { ...person, password: change.new_password }));
  expect((await again.post('/api/auth/refresh-api-key')).status).toBe(200);
  expect((await again.post('/api/auth/logout-all')).status).toBe(200);

  const entries = await entriesAbout(person.id);
  for (const action of ['account.password_changed', 'account.sessions_revoked', 'key.created']) {
    expect(entries).toContainEqual(ownEntry(action));
  }
  expect(entries.filter(({ action }) => action === 'account.password_changed')).toHaveLength(1);
});

it('tells of an account that Google opened, and of one that was linked', async () => {
  const opened = await gateway.client().post<{ id: number }>('/api/auth/google', {
    access_token: google.accessToken({ sub: '1', email: 'new@gmail.test' }),
  });
  expect((await entriesAbout(opened.body.id)).map(({ action }) => action)).toEqual(['account.created']);

  await gateway.books.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
  for (let time = 0; time < 2; time += 1) {
    const access_token = google.accessToken({ sub: '2', email: person.email });
    expect((await gateway.client().post('/api/auth/google', { access_token })).status).toBe(200);
  }
  const links = (await entriesAbout(person.id)).filter(({ action }) => action === 'account.google_linked');
  expect(links).toHaveLength(1);
});

it('tells of invitations: made, accepted and revoked', async () => {
  const admin = await gateway.admin();
  const invite = async () =>
    (await admin.post<{ id: string; accept_path: string }>('/api/v1/admin/invitations', {})).body;
  const [accepted, revoked] = [await invite(), await invite()];
  const guest = { email: 'guest@example.com', password: 'the password of a guest' };
  expect((await gateway.client().post(accepted.accept_path, guest)).status).toBe(200);
  for (let time = 0; time < 2; time += 1) {
    await admin.json('DELETE', `/api/v1/admin/invitations/${revoked.id}`);
  }
  const rows = await gateway.books.query<{ id: string; action: string; actor: string }>(
    `SELECT target_id AS id, action, actor_kind AS actor FROM audit_log WHERE target_kind = 'invitation' ORDER BY audit_log.id`,
  );
  const of = (id: string) => rows.filter((row) => row.id === id).map(({ action, actor }) => [action, actor]);
  expect(of(accepted.id)).toEqual([
    ['invitation.created', 'admin'],
    ['invitation.accepted', 'anonymous'],
  ]);
  expect(of(revoked.id)).toEqual([
    ['invitation.created', 'admin'],
    ['invitation.revoked', 'admin'],
  ]);
});
