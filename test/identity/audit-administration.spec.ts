import type { ApiClient } from '../support/api-client.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { logIn, signUp, type Person, type Refusal } from './people.js';

jest.setTimeout(60_000);

const USERS = '/api/v1/admin/users';

interface UserView {
  id: number;
  name: string;
  role: string;
  daily_quota: number | null;
  monthly_quota: number | null;
  token_balance: number | null;
  requests_per_hour: number | null;
  current_daily_usage: number;
  is_active: boolean;
  is_blocked: boolean;
}

let gateway: Gateway;
let admin: ApiClient;
let adminId: number;

beforeAll(async () => {
  gateway = await Gateway.start();
  admin = await gateway.admin();
  adminId = (await admin.get<{ id: number }>('/api/v1/user/profile')).body.id;
});
afterAll(() => gateway.stop());

const put = <Body>(path: string, body: unknown) => admin.json<Body>('PUT', path, { body });
const patch = <Body>(path: string, body: unknown) => admin.json<Body>('PATCH', path, { body });

/** What was done to an account and its keys, in order. */
async function actionsOn(userId: number): Promise<string[]> {
  const { body } = await admin.get<{ entries: { action: string }[] }>(`/api/v1/admin/audit?target=${userId}`);
  return body.entries.map(({ action }) => action).reverse();
}

/** One more administrator, logged in. */
async function anotherAdmin(): Promise<Person> {
  const person = await signUp(gateway);
  expect((await put(`${USERS}/${person.id}/role`, { role: 'admin' })).status).toBe(200);
  return person;
}

describe('an account', () => {
  it('is shown, renamed, limited, closed and opened', async () => {
    const person = await signUp(gateway);
    const path = `${USERS}/${person.id}`;
    const change = { name: 'New Name', daily_quota: 500, monthly_quota: null, requests_per_hour: 9, token_balance: 77 };
    const patched = await patch<UserView>(path, change);
    expect([patched.status, patched.body]).toEqual([200, expect.objectContaining({ ...change, is_active: true })]);
    expect((await admin.get<UserView>(path)).body).toEqual(patched.body);
    expect((await put<UserView>(path, { is_active: false })).body).toMatchObject({ ...change, is_active: false });
    expect((await gateway.client().bearer(person.key).post(CHAT, chat())).status).toBe(403);
    expect((await person.jwt.get('/api/auth/me')).status).toBe(403);
    expect((await admin.post(`${path}/reactivate`)).body).toEqual({ message: 'User reactivated', user_id: person.id });
    // Its sessions stay ended, its key works again.
    expect((await person.jwt.get('/api/auth/me')).status).toBe(401);
    expect((await gateway.client().bearer(person.key).get('/api/v1/user/quota')).status).toBe(200);
    expect(await actionsOn(person.id)).toEqual([
      'account.created',
      'key.created',
      'account.changed',
      'account.limits_changed',
      'account.deactivated',
      'account.reactivated',
    ]);
  });

  it('is not charged differently when its limit changes', async () => {
    const person = await signUp(gateway);
    const key = gateway.client().bearer(person.key);
    expect((await key.post(CHAT, chat())).status).toBe(200);
    const used = (await admin.get<UserView>(`${USERS}/${person.id}`)).body.current_daily_usage;
    expect(used).toBeGreaterThan(0);
    const limited = await patch<UserView>(`${USERS}/${person.id}`, { daily_quota: 1 });
    expect(limited.body).toMatchObject({ daily_quota: 1, current_daily_usage: used });
    expect((await key.post<Refusal>(CHAT, chat())).body.error.code).toBe('insufficient_quota');
    await patch(`${USERS}/${person.id}`, { daily_quota: null });
    expect((await key.post(CHAT, chat())).status).toBe(200);
    expect(await gateway.balanced({ id: person.id, key: person.key, client: key })).toBeGreaterThan(used);
  });

  it.each([
    ['name', { name: '' }],
    ['daily_quota', { daily_quota: -1 }],
    ['monthly_quota', { monthly_quota: 1.5 }],
    ['requests_per_hour', { requests_per_hour: 0 }],
    ['is_active', { is_active: null }],
    ['token_balance', { token_balance: 'many' }],
  ])('refuses a wrong %s', async (field, change) => {
    const { status, body } = await patch<Refusal>(`${USERS}/${adminId}`, change);
    expect([status, body.detail]).toEqual([422, expect.stringContaining(field)]);
  });

  it('that nobody has is 404 everywhere', async () => {
    for (const id of ['2000000000', '99999999999', '0', '-1']) {
      const answers = [
        await admin.get(`${USERS}/${id}`),
        await patch(`${USERS}/${id}`, { name: 'x' }),
        await put(`${USERS}/${id}/role`, { role: 'user' }),
        await admin.json('DELETE', `${USERS}/${id}`),
        await admin.post(`${USERS}/${id}/block`),
        await admin.post(`${USERS}/${id}/unblock`),
        await admin.post(`${USERS}/${id}/reactivate`),
        await admin.post(`${USERS}/${id}/erase`),
        await admin.get(`${USERS}/${id}/api-key`),
        await admin.post(`${USERS}/${id}/api-key`),
        await put(`${USERS}/${id}/api-key/regenerate`, {}),
        await admin.json('DELETE', `${USERS}/${id}/api-key`),
        await admin.get(`${USERS}/${id}/limits`),
        await admin.get(`${USERS}/${id}/time-zone`),
        await put(`${USERS}/${id}/time-zone`, { time_zone: 'Europe/Berlin' }),
        await admin.get(`${USERS}/${id}/credits`),
        await admin.post(`${USERS}/${id}/credits`, { tokens: 1, kind: 'grant', reason: 'test' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    }
  });

  it('has one default key, which administrators hand out and take back', async () => {
    const person = await signUp(gateway);
    const path = `${USERS}/${person.id}/api-key`;
    expect((await admin.get(path)).body).toMatchObject({
      user_id: person.id,
      has_api_key: true,
      api_key_status: { is_active: true, is_expired: false, scopes: ['chat', 'embeddings', 'usage:read'] },
    });
    expect((await admin.post<Refusal>(path)).body.code).toBe('key_exists');
    const regenerated = await put<{ api_key: string; user_email: string }>(`${path}/regenerate`, {});
    expect([regenerated.status, regenerated.body.user_email]).toEqual([200, person.email]);
    expect((await gateway.client().bearer(person.key).get('/api/v1/user/quota')).status).toBe(401);
    expect((await gateway.client().bearer(regenerated.body.api_key).get('/api/v1/user/quota')).status).toBe(200);
    const revoked = await admin.json<{ revoked_at: string }>('DELETE', path);
    expect([revoked.status, typeof revoked.body.revoked_at]).toEqual([200, 'string']);
    expect((await admin.json('DELETE', path)).status).toBe(404);
    expect((await admin.get(path)).body).toMatchObject({ has_api_key: false, api_key_status: null });
    expect((await gateway.client().bearer(regenerated.body.api_key).get('/api/v1/user/quota')).status).toBe(401);
    expect((await admin.post(path)).status).toBe(200);
  });

  it('is listed for administrators with its lifetime balance', async () => {
    const person = await signUp(gateway);
    const { status, body } = await admin.get<{ success: boolean; count: number; users: { id: number }[] }>(
      '/api/users',
    );
    expect([status, body.success, body.count]).toEqual([200, true, body.users.length]);
    expect(body.users.find(({ id }) => id === person.id)).toEqual({
      id: person.id,
      email: person.email,
      name: null,
      picture: null,
      total_tokens: 1_000_000,
      tokens_used: 0,
      tokens_left: 1_000_000,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
    });
    expect((await person.jwt.get('/api/users')).status).toBe(403);
    expect((await gateway.client().get('/api/users')).status).toBe(401);
  });
});

describe('the last administrator', () => {
  it('stays: nobody can be demoted, blocked, closed or erased when no other would be left', async () => {
    const path = `${USERS}/${adminId}`;
    const demoted = await put<Refusal>(`${path}/role`, { role: 'user' });
    expect([demoted.status, demoted.body.code]).toEqual([400, 'last_administrator']);
    for (const answer of [
      await admin.post<Refusal>(`${path}/block`),
      await admin.json<Refusal>('DELETE', path),
      await patch<Refusal>(path, { is_active: false }),
      await admin.post<Refusal>(`${path}/erase`),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([400, 'own_account']);
    }
  });

  it.each(['demote', 'block', 'close'])('stays when two administrators %s each other at once', async (how) => {
    const [one, two] = [await anotherAdmin(), await anotherAdmin()];
    await gateway.books.query(`UPDATE users SET is_active = false WHERE role = 'admin' AND id NOT IN ($1, $2)`, [
      one.id,
      two.id,
    ]);
    try {
      const remove = (by: Person, id: number) => {
        if (how === 'demote') return by.jwt.json('PUT', `${USERS}/${id}/role`, { body: { role: 'user' } });
        return how === 'block' ? by.jwt.post(`${USERS}/${id}/block`) : by.jwt.json('DELETE', `${USERS}/${id}`);
      };
      const answers = await Promise.all([remove(one, two.id), remove(two, one.id)]);
      // The loser is refused: by the rule, or because it is no administrator any more.
      expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
      const left = await gateway.books.query(
        `SELECT id FROM users WHERE role = 'admin' AND is_active AND NOT is_blocked AND deleted_at IS NULL`,
      );
      expect(left).toHaveLength(1);
    } finally {
      await gateway.books.query(`UPDATE users SET role = 'user' WHERE id IN ($1, $2)`, [one.id, two.id]);
      await gateway.books.query('UPDATE users SET is_active = true WHERE id = $1', [adminId]);
      await until('the administrator to be let in again', async () => (await admin.get(USERS)).status === 200);
    }
  });

  it('may go once there is another', async () => {
    const other = await anotherAdmin();
    expect((await other.jwt.get(USERS)).status).toBe(200);
    expect((await put(`${USERS}/${other.id}/role`, { role: 'user' })).status).toBe(200);
    expect((await other.jwt.get(USERS)).status).toBe(403);
  });
});

it('ends the rights of a demoted administrator, without ending the login', async () => {
  const person = await anotherAdmin();
  const token = await logIn(gateway, person);
  await put(`${USERS}/${person.id}/role`, { role: 'user' });
  expect((await gateway.client().bearer(token).get(USERS)).status).toBe(403);
  expect((await gateway.client().bearer(token).get('/api/auth/me')).status).toBe(200);
});
