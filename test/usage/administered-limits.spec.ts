import type { ApiClient } from '../support/api-client.js';
import { CHAT, chat, Gateway, type TestAccount } from '../support/gateway.js';

jest.setTimeout(90_000);

interface View {
  subject: string;
  subject_id: number | null;
  [limit: string]: unknown;
}

interface AuditPage {
  entries: { action: string; actor: number | null; details: Record<string, unknown>; target: string }[];
}

let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  gateway = await Gateway.start({
    env: {
      RATE_LIMIT_PER_MINUTE: '500',
      DEFAULT_COST_PER_DAY_USD: '0.5',
      DEFAULT_COST_PER_MONTH_USD: '10',
      DEFAULT_CONCURRENT_REQUESTS: '7',
      DEFAULT_ALLOWED_MODELS: 'gpt-4o-mini, gpt-4o',
    },
  });
  admin = await gateway.admin();
});

afterAll(() => gateway.stop());

const USERS = '/api/v1/admin/users';
/** For keys that say nothing of their own. */
const PER_MINUTE = 500;
const patch = <Body>(path: string, body: unknown) => admin.json<Body>('PATCH', path, { body });

async function publicKeyId(account: TestAccount): Promise<{ id: number; publicId: string }> {
  const [key] = await gateway.books.query<{ id: number; publicId: string }>(
    'SELECT id, public_id AS "publicId" FROM api_keys WHERE user_id = $1',
    [account.id],
  );
  return key;
}

async function newestEntry(action: string) {
  const { body } = await admin.get<AuditPage>(`/api/v1/admin/audit?action=${action}&limit=1`);
  return body.entries[0];
}

describe('the protection of the owner', () => {
  it('is on every new account but the first administrator, unless an administrator chooses otherwise', async () => {
    const expected = {
      cost_per_day_usd: 0.5,
      cost_per_month_usd: 10,
      concurrent_requests: 7,
      allowed_models: ['gpt-4o-mini', 'gpt-4o'],
    };
    const registered = await gateway.client().post<{ api_key: string }>('/api/auth/register', {
      username: 'newcomer',
      email: 'newcomer@gatehouse.test',
      password: 'correct horse battery',
    });
    expect(registered.status).toBe(201);
    const { body: users } = await admin.get<{ id: number; username: string; origin: string }[]>(USERS);
    expect(users.find(({ username }) => username === 'newcomer')).toMatchObject(expected);
    expect(users[0]).toMatchObject({ cost_per_day_usd: null, concurrent_requests: null, allowed_models: null });

    const created = await admin.post<{ id: number }>(USERS, { email: 'a@gatehouse.test', name: 'A' });
    expect(created.body).toMatchObject(expected);
    const chosen = { cost_per_day_usd: null, allowed_models: ['gpt-4o'] };
    const other = await admin.post(USERS, { email: 'b@gatehouse.test', name: 'B', ...chosen });
    expect(other.body).toMatchObject({ ...expected, ...chosen });

    const refused = await gateway
      .client()
      .bearer(registered.body.api_key)
      .post<{ error: { code: string } }>(CHAT, chat({ model: 'gpt-4.1' }));
    expect([refused.status, refused.body.error.code]).toEqual([403, 'model_not_allowed']);
  });

  it('is changed by PATCH, holds at once, and is told of in the audit log', async () => {
    const account = await gateway.account();
    const limits = {
      cost_per_day_usd: 0.000001,
      cost_per_month_usd: 3.25,
      concurrent_requests: 2,
      allowed_models: ['x'],
    };
    const { status, body } = await patch<View>(`${USERS}/${account.id}`, limits);
    expect([status, body]).toEqual([200, expect.objectContaining(limits)]);
    expect((await account.client.post(CHAT, chat())).status).toBe(403);
    await patch(`${USERS}/${account.id}`, { allowed_models: null });
    const refused = await account.client.post<{ error: { code: string; limit: unknown } }>(CHAT, chat());
    expect([refused.status, refused.body.error.code]).toEqual([429, 'insufficient_quota']);
    await patch(`${USERS}/${account.id}`, { cost_per_day_usd: null });
    expect((await account.client.post(CHAT, chat())).status).toBe(200);
    expect((await newestEntry('account.limits_changed')).details).toEqual({
      costPerDayNanoUsd: { from: 1_000, to: null },
    });
  });

  it('names the administrator as the author of a balance that is set', async () => {
    const account = await gateway.account();
    expect((await patch(`${USERS}/${account.id}`, { token_balance: 50 })).status).toBe(200);
    const [{ id: adminId }] = await gateway.books.query<{ id: number }>(`SELECT id FROM users WHERE role = 'admin'`);
    const { body: entries } = await admin.get<unknown[]>(`${USERS}/${account.id}/credits`);
    const of = (tokens: number) => ({ kind: 'correction', tokens, author_user_id: adminId });
    expect(entries).toMatchObject([of(50)]);
    await patch(`${USERS}/${account.id}`, { token_balance: 50, name: 'Renamed' });
    await patch(`${USERS}/${account.id}`, { token_balance: 20 });
    expect((await admin.get(`${USERS}/${account.id}/credits`)).body).toMatchObject([of(-30), of(50)]);
    const nothing = { kind: 'correction', tokens: 0, reason: 'test' };
    const refused = await admin.post<{ errors: unknown }>(`${USERS}/${account.id}/credits`, nothing);
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [expect.objectContaining({ loc: ['body', 'tokens'], msg: 'tokens must not be 0' })],
    ]);
  });

  it('tells the cap of the installation in dollars, as it is set', async () => {
    const path = '/api/v1/admin/installation';
    expect((await admin.get(path)).body).toMatchObject({ cost_per_day_usd: null, spent_today_usd: null });
    const capped = { cost_per_day_usd: 999.5, cost_per_day_nano_usd: 999_500_000_000 };
    expect((await admin.json('PUT', `${path}/limits`, { body: { cost_per_day_usd: 999.5 } })).body).toMatchObject(
      capped,
    );
    expect((await admin.get(path)).body).toMatchObject({ ...capped, spent_today_usd: expect.any(Number) as number });
    await admin.json('PUT', `${path}/limits`, { body: { cost_per_day_usd: null } });
  });

  it('answers a reset of an account that nobody has with a 404 that names it', async () => {
    const wish = { period: 'daily', user_id: 999_999 };
    const answer = await admin.post<{ detail: string }>('/api/v1/admin/quotas/reset', wish);
    expect([answer.status, answer.body.detail]).toEqual([404, 'There is no account 999999']);
  });

  it.each([
    [{ cost_per_day_usd: -1 }, 'cost_per_day_usd must not be less than 0'],
    [{ cost_per_month_usd: 'much' }, 'cost_per_month_usd must be a number'],
    [{ cost_per_day_usd: 1e9 }, 'cost_per_day_usd must not be greater than 1000000'],
    [{ concurrent_requests: 0 }, 'concurrent_requests must not be less than 1'],
    [{ concurrent_requests: 1.5 }, 'concurrent_requests must be an integer'],
    [{ allowed_models: 'gpt-4o' }, 'allowed_models must be an array'],
    [{ allowed_models: ['gpt-*'] }, 'each value in allowed_models must be the name of a model'],
    [{ daily_quota: -1 }, 'daily_quota must not be less than 0'],
  ])('refuses %j and names the field and the rule', async (body, rule) => {
    const account = await gateway.account();
    const answer = await patch<{ detail: string }>(`${USERS}/${account.id}`, body);
    expect([answer.status, answer.body.detail]).toEqual([422, expect.stringContaining(rule)]);
  });
});

describe('limits of keys and tasks', () => {
  it('are set, shown with what is used and held of them, hold, and go', async () => {
    const account = await gateway.account();
    const key = await publicKeyId(account);
    const path = `${USERS}/${account.id}/api-keys/${key.publicId}/limits`;
    const none = { limit: null, used: 0, held: 0, resets_at: null };
    expect((await admin.get<View>(path)).body).toMatchObject({
      subject: 'key',
      subject_id: key.id,
      requests_per_hour: none,
      tokens_per_day: none,
    });

    const set = await patch<View>(path, { tokens_per_day: 5_000, cost_per_month_usd: 2.5, requests_per_minute: 2 });
    expect(set.body).toMatchObject({
      tokens_per_day: { limit: 5_000, used: 0, held: 0, resets_at: expect.any(String) as string },
      cost_per_month_usd: { limit: 2.5, used: 0 },
      requests_per_minute: { limit: 2, used: 0 },
      lifetime_tokens: { limit: null },
    });
    const call = await account.client.post<{ usage: { total_tokens: number } }>(CHAT, chat());
    expect((await admin.get<View>(path)).body).toMatchObject({
      tokens_per_day: { limit: 5_000, used: call.body.usage.total_tokens, held: 0 },
      requests_per_minute: { limit: 2, used: 1 },
    });
    expect((await newestEntry('key.limits_changed')).details).toMatchObject({
      tokensPerDay: { from: null, to: 5_000 },
    });
    expect((await newestEntry('key.limits_changed')).target).toBe(key.publicId);

    // Changing a limit never changes what was spent; below that, calls are refused.
    await patch(path, { tokens_per_day: 1 });
    const refused = await account.client.post<{ error: { code: string; message: string } }>(CHAT, chat());
    expect([refused.status, refused.body.error.code]).toEqual([429, 'insufficient_quota']);
    expect(refused.body.error.message).toContain('API key');
    const gone = await patch<View>(path, { tokens_per_day: null, cost_per_month_usd: null, requests_per_minute: null });
    expect(gone.body).toMatchObject({ tokens_per_day: { limit: null } });
    expect(await gateway.books.query('SELECT 1 FROM quota_limits WHERE user_id = $1', [account.id])).toEqual([]);
    expect((await account.client.post(CHAT, chat())).status).toBe(200);
  });

  it('show the requests a minute that a key may make by default or by its own terms, and those it made', async () => {
    const account = await gateway.account();
    const key = await publicKeyId(account);
    const path = `${USERS}/${account.id}/api-keys/${key.publicId}/limits`;
    const shown = async () => (await admin.get<View>(path)).body['requests_per_minute'];
    const [{ own }] = await gateway.books.query<{ own: number | null }>(
      'SELECT requests_per_minute AS own FROM api_keys WHERE id = $1',
      [key.id],
    );
    await account.client.post(CHAT, chat());
    const used = { used: 1, held: 0, resets_at: expect.any(String) as string };
    expect(await shown()).toEqual({ limit: own ?? PER_MINUTE, ...used });
    await gateway.books.query('UPDATE api_keys SET requests_per_minute = NULL WHERE id = $1', [key.id]);
    expect(await shown()).toEqual({ limit: PER_MINUTE, ...used });
    await gateway.books.query('UPDATE api_keys SET requests_per_minute = 17 WHERE id = $1', [key.id]);
    await patch(path, { requests_per_minute: 40 });
    expect(await shown()).toEqual({ limit: 17, ...used });
    await patch(path, { requests_per_minute: 9 });
    expect(await shown()).toEqual({ limit: 9, ...used });
  });

  it('of a task hold for one account, and the overview shows all of them', async () => {
    const account = await gateway.account({ day: 9_000 });
    await gateway.assign(account);
    const path = `${USERS}/${account.id}/tasks/1/limits`;
    expect((await patch(path, { tokens_per_day: 1 })).status).toBe(200);
    const refused = await account.client.post('/api/v1/chat/completions', chat({ task_id: 1 }));
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([402, expect.stringContaining('task')]);
    expect((await newestEntry('task.limits_changed')).details).toEqual({ tokensPerDay: { from: null, to: 1 } });
    const { body } = await admin.get<View[]>(`${USERS}/${account.id}/limits`);
    expect(body.map(({ subject, subject_id }) => [subject, subject_id])).toEqual([
      ['account', null],
      ['task', 1],
    ]);
    expect(body[0]).toMatchObject({ tokens_per_day: { limit: 9_000, used: 0 }, lifetime_tokens: { limit: null } });
  });

  it('are refused with the field and the rule, and only for what exists', async () => {
    const account = await gateway.account();
    const other = await gateway.account();
    const key = await publicKeyId(account);
    const path = (userId: number, rest: string) => `${USERS}/${userId}/${rest}/limits`;
    const answers = [
      await patch<{ detail: string }>(path(account.id, `api-keys/${key.publicId}`), { tokens_per_day: -5 }),
      await patch<{ detail: string }>(path(account.id, `api-keys/${key.publicId}`), { lifetime_cost_usd: '1' }),
      await patch<{ detail: string }>(path(account.id, 'api-keys/nonsense'), {}),
      await patch<{ detail: string }>(path(other.id, `api-keys/${key.publicId}`), { tokens_per_day: 5 }),
      await patch<{ detail: string }>(path(account.id, 'tasks/4711'), { tokens_per_day: 5 }),
      await patch<{ detail: string }>(path(2_000_000_000, 'tasks/1'), { tokens_per_day: 5 }),
    ];
    expect(answers.map(({ status, body }) => [status, body.detail])).toEqual([
      [422, 'tokens_per_day must not be less than 0'],
      [422, expect.stringContaining('lifetime_cost_usd must be a number')],
      [422, 'keyId must be a UUID'],
      [404, 'API key not found'],
      [404, expect.any(String)],
      [404, 'User not found'],
    ]);
    expect((await account.client.get(path(account.id, 'tasks/1'))).status).toBe(401);
  });
});

describe('the audit log', () => {
  it('tells who granted, reset, capped, froze and thawed', async () => {
    const account = await gateway.account({ lifetime: 1_000, day: 10_000 });
    expect((await account.client.post(CHAT, chat())).status).toBe(200);
    const credit = { kind: 'grant', tokens: 50, reason: 'as agreed' };
    const grant = () => admin.post(`${USERS}/${account.id}/credits`, credit, { 'idempotency-key': 'once' });
    expect((await grant()).status).toBe(200);
    expect((await grant()).status).toBe(200);
    const credits = await admin.get<AuditPage>(`/api/v1/admin/audit?action=account.credited&target=${account.id}`);
    expect(credits.body.entries.map(({ details }) => details)).toEqual([expect.objectContaining(credit)]);
    const long = { 'idempotency-key': 'k'.repeat(256) };
    expect((await admin.post(`${USERS}/${account.id}/credits`, credit, long)).status).toBe(400);

    const reset = { period: 'daily', user_id: account.id };
    await admin.post('/api/v1/admin/quotas/reset', { ...reset, dry_run: true });
    await admin.post('/api/v1/admin/quotas/reset', reset);
    const resets = await admin.get<AuditPage>(`/api/v1/admin/audit?action=quotas.reset&target=${account.id}`);
    expect(resets.body.entries.map(({ details }) => details)).toEqual([
      { period: 'daily', idempotencyKey: null, userIds: [account.id] },
    ]);

    await admin.json('PUT', '/api/v1/admin/installation/limits', { body: { cost_per_day_usd: 1_000 } });
    await admin.post('/api/v1/admin/freeze', { reason: 'bill' });
    await admin.post('/api/v1/admin/unfreeze');
    await admin.json('PUT', '/api/v1/admin/installation/limits', { body: { cost_per_day_usd: null } });
    const actor = expect.any(Number) as number;
    expect(await newestEntry('installation.frozen')).toMatchObject({ actor, details: { reason: 'bill' }, target: '1' });
    expect(await newestEntry('installation.thawed')).toMatchObject({ actor });
    expect(await newestEntry('installation.limits_changed')).toMatchObject({
      actor,
      details: { costPerDayNanoUsd: { from: 1_000_000_000_000, to: null } },
    });
  });
});
