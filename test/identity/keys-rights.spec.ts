import { chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { issueKey, KEYS, signUp, type KeyView, type Person, type Refusal } from './people.js';

jest.setTimeout(60_000);

const HOME = { 'x-forwarded-for': '203.0.113.9' };
const ELSEWHERE = { 'x-forwarded-for': '198.51.100.9' };
const QUOTA = '/api/v1/user/quota';
const NO_ID = '00000000-0000-4000-8000-000000000000';

let gateway: Gateway;
let owner: Person;

const withKey = (key: string) => gateway.client().bearer(key);

async function outcomeOfChat(key: string, change: object = {}, headers = HOME): Promise<[number, string | undefined]> {
  const { status, body } = await withKey(key).post<Refusal>(CHAT, chat({ ...change }), headers);
  return [status, body.error?.code];
}

beforeAll(async () => {
  gateway = await Gateway.start({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  owner = await signUp(gateway);
});
afterAll(() => gateway.stop());

describe('making a key', () => {
  it('gives it what was asked for, and shows the key once', async () => {
    const terms = {
      rate_limit_per_minute: 7,
      scopes: ['chat'],
      allowed_models: ['gpt-4o*'],
      ip_allow_list: ['203.0.113.0/24', '2001:db8::1'],
      expires_at: '2099-01-31T12:00:00.000Z',
      token_budget: 5_000_000_000,
      cost_budget_nano_usd: 9_007_199_254_740_991,
    };
    const { key, ...made } = await issueKey(owner, terms);
    expect(key).toMatch(/^ai_[0-9A-Za-z]{49}$/);
    expect(made).toMatchObject({ ...terms, key_prefix: key.slice(0, 8), is_active: true, revoked_at: null });
    expect((await owner.jwt.get(`${KEYS}/${made.id}`)).body).toEqual(made);
    expect((await owner.jwt.get(KEYS)).body).toContainEqual(made);
  });

  it('takes all that the owner may where nothing was asked for', async () => {
    expect(await issueKey(owner)).toMatchObject({
      scopes: ['chat', 'embeddings', 'usage:read'],
      allowed_models: null,
      ip_allow_list: null,
      expires_at: null,
      token_budget: null,
      cost_budget_nano_usd: null,
    });
  });

  it.each([
    ['name', { name: '' }, /name must be longer/],
    [
      'scopes',
      { scopes: ['chat', 'admin'] },
      /scopes must be one of the following values: chat, embeddings, usage:read/,
    ],
    ['scopes', { scopes: [] }, /scopes should not be empty|scopes must contain at least 1/],
    ['scopes', { scopes: 'chat' }, /scopes must be an array/],
    ['scopes', { scopes: ['chat', 'chat'] }, /unique/],
    ['allowed_models', { allowed_models: ['gpt *'] }, /allowed_models must be the name of a model/],
    ['allowed_models', { allowed_models: ['*-mini'] }, /allowed_models must be the name of a model/],
    ['ip_allow_list', { ip_allow_list: ['10.0.0.0/33'] }, /ip_allow_list must be an IP address or a network/],
    ['ip_allow_list', { ip_allow_list: ['example.com'] }, /ip_allow_list must be an IP address or a network/],
    ['expires_at', { expires_at: '2001-01-01T00:00:00Z' }, /expires_at must be in the future/],
    ['expires_at', { expires_at: 'tomorrow' }, /expires_at must be in the future/],
    ['token_budget', { token_budget: 0 }, /token_budget must not be less than 1/],
    ['token_budget', { token_budget: 1.5 }, /token_budget must be an integer/],
    ['cost_budget_nano_usd', { cost_budget_nano_usd: '5' }, /cost_budget_nano_usd must be an integer/],
    ['rate_limit_per_minute', { rate_limit_per_minute: 1001 }, /rate_limit_per_minute must not be greater/],
  ])('refuses a wrong %s and says why', async (field, terms, rule) => {
    const { status, body } = await owner.jwt.post<Refusal & { errors: { loc: string[] }[] }>(KEYS, {
      name: 'test',
      ...terms,
    });
    expect([status, body.detail]).toEqual([422, expect.stringMatching(rule)]);
    expect(body.errors[0]?.loc).toEqual(['body', field]);
  });
});

describe('changing a key', () => {
  it('changes what is given, leaves the rest, and takes a term away with null', async () => {
    const { id, key } = await issueKey(owner, {
      scopes: ['chat'],
      token_budget: 10,
      ip_allow_list: ['203.0.113.0/24'],
    });
    const patched = await owner.jwt.json<KeyView>('PATCH', `${KEYS}/${id}`, {
      body: { name: 'renamed', scopes: ['usage:read'], token_budget: null },
    });
    expect(patched.status).toBe(200);
    expect(patched.body).toMatchObject({ name: 'renamed', scopes: ['usage:read'], token_budget: null });
    expect(patched.body.ip_allow_list).toEqual(['203.0.113.0/24']);
    expect(await outcomeOfChat(key)).toEqual([403, 'insufficient_scope']);
  });

  it('switches it off and on again', async () => {
    const { id, key } = await issueKey(owner);
    await owner.jwt.json('PATCH', `${KEYS}/${id}`, { body: { is_active: false } });
    expect(await outcomeOfChat(key)).toEqual([403, 'key_inactive']);
    await owner.jwt.json('PATCH', `${KEYS}/${id}`, { body: { is_active: true } });
    expect(await outcomeOfChat(key)).toEqual([200, undefined]);
  });
});

describe('what a key may do', () => {
  it('is limited by its scopes; a login is not', async () => {
    const [chats, reads] = [
      await issueKey(owner, { scopes: ['chat'] }),
      await issueKey(owner, { scopes: ['usage:read'] }),
    ];
    expect(await outcomeOfChat(chats.key)).toEqual([200, undefined]);
    const refused = await withKey(chats.key).get<Refusal>(QUOTA);
    expect([refused.status, refused.body.detail]).toEqual([403, 'API key missing required scope: usage:read']);
    expect(await outcomeOfChat(reads.key)).toEqual([403, 'insufficient_scope']);
    expect((await withKey(reads.key).get(QUOTA)).status).toBe(200);
    expect((await withKey(reads.key).get('/v1/models')).status).toBe(403);
    expect((await owner.jwt.get(QUOTA)).status).toBe(200);
    expect(await outcomeOfChat(owner.token)).toEqual([200, undefined]);
  });

  it('is limited to its models, before anything is spent', async () => {
    const { id, key } = await issueKey(owner, { allowed_models: ['gpt-4o-mini', 'claude*'] });
    expect(await outcomeOfChat(key)).toEqual([200, undefined]);
    expect(await outcomeOfChat(key, { model: 'gpt-4o' })).toEqual([403, 'model_not_allowed']);
    expect(await outcomeOfChat(key, { model: 'no-such-model' })).toEqual([403, 'model_not_allowed']);
    const models = await withKey(key).get<{ data: { id: string }[] }>('/v1/models');
    expect(models.body.data.map((model) => model.id)).toEqual(['gpt-4o-mini']);
    await owner.jwt.json('PATCH', `${KEYS}/${id}`, { body: { allowed_models: null } });
    expect(await outcomeOfChat(key, { model: 'gpt-4o' })).toEqual([200, undefined]);
  });

  it('is limited to where it may be used from', async () => {
    const { key } = await issueKey(owner, { ip_allow_list: ['203.0.113.0/24'] });
    expect(await outcomeOfChat(key)).toEqual([200, undefined]);
    expect(await outcomeOfChat(key, {}, ELSEWHERE)).toEqual([403, 'address_not_allowed']);
    expect((await withKey(key).get(QUOTA, ELSEWHERE)).status).toBe(403);
    expect((await withKey(key).get(QUOTA)).status).toBe(403);
  });

  it('ends when it expires', async () => {
    const { key } = await issueKey(owner, { expires_at: new Date(Date.now() + 1_500).toISOString() });
    expect(await outcomeOfChat(key)).toEqual([200, undefined]);
    await until('the key to expire', async () => (await outcomeOfChat(key))[0] === 401, { timeoutMs: 10_000 });
  });

  it('never includes what only logins may do, whoever owns it', async () => {
    const { key } = await issueKey(owner);
    const admin = await gateway.admin();
    const adminKey = (await admin.post<KeyView>(KEYS, { name: 'of the administrator' })).body.key;
    for (const path of [KEYS, '/api/v1/admin/users', '/api/v1/admin/audit', '/api/users', '/api/v1/user/export']) {
      expect((await withKey(key).get(path)).status).toBe(401);
      expect((await withKey(adminKey).get(path)).status).toBe(401);
    }
  });
});

describe('rotating a key', () => {
  const rotate = (id: string, body?: object) => owner.jwt.post<KeyView>(`${KEYS}/${id}/rotate`, body);

  it('keeps its id and terms, and ends the old secret at once', async () => {
    const old = await issueKey(owner, { scopes: ['chat'], allowed_models: ['gpt-4o-mini'] });
    const rotated = await rotate(old.id);
    expect([rotated.status, rotated.body]).toEqual([
      200,
      expect.objectContaining({
        id: old.id,
        scopes: ['chat'],
        allowed_models: ['gpt-4o-mini'],
        previous_key_expires_at: null,
      }),
    ]);
    expect(rotated.body.key).toMatch(/^ai_[0-9A-Za-z]{49}$/);
    expect(await outcomeOfChat(old.key)).toEqual([401, 'invalid_api_key']);
    expect(await outcomeOfChat(rotated.body.key)).toEqual([200, undefined]);
    expect((await owner.jwt.get<KeyView>(`${KEYS}/${old.id}`)).body).not.toHaveProperty('key');
  });

  it('lets both secrets work until the grace ends, as one key', async () => {
    const old = await issueKey(owner);
    const { body: rotated } = await rotate(old.id, { grace_seconds: 2 });
    expect(rotated.previous_key_expires_at).not.toBeNull();
    expect(await outcomeOfChat(rotated.key)).toEqual([200, undefined]);
    expect(await outcomeOfChat(old.key)).toEqual([200, undefined]);
    const [{ keys }] = await gateway.books.query<{ keys: number }>(
      `SELECT count(DISTINCT api_key_id)::int AS keys FROM ledger l JOIN api_keys k ON k.id = l.api_key_id
        WHERE k.public_id = $1`,
      [old.id],
    );
    expect(keys).toBe(1);
    await until('the grace to end', async () => (await outcomeOfChat(old.key))[0] === 401, { timeoutMs: 10_000 });
    expect(await outcomeOfChat(rotated.key)).toEqual([200, undefined]);
  });

  it('ends the secret before the last one, and both with the key', async () => {
    const first = await issueKey(owner);
    const second = (await rotate(first.id, { grace_seconds: 600 })).body;
    const third = (await rotate(first.id, { grace_seconds: 600 })).body;
    expect((await outcomeOfChat(first.key))[0]).toBe(401);
    expect((await outcomeOfChat(second.key))[0]).toBe(200);
    expect((await outcomeOfChat(third.key))[0]).toBe(200);
    expect((await owner.jwt.post(`/api-keys/revoke/${first.id}`)).status).toBe(200);
    expect((await outcomeOfChat(second.key))[0]).toBe(401);
    expect((await outcomeOfChat(third.key))[0]).toBe(401);
    expect((await rotate(first.id)).status).toBe(400);
  });

  it.each([-1, 604_801, 0.5, '60', null])('refuses %j as its grace', async (grace) => {
    const { id } = await issueKey(owner);
    const { status, body } = await owner.jwt.post<Refusal>(`${KEYS}/${id}/rotate`, { grace_seconds: grace });
    expect([status, body.detail]).toEqual([422, expect.stringContaining('grace_seconds must')]);
  });
});

describe('ending a key', () => {
  it('is idempotent for its owner, and 404 for everything else', async () => {
    const { id, key } = await issueKey(owner);
    const revoke = (which: string) => owner.jwt.post(`/api-keys/revoke/${which}`);
    expect((await revoke(id)).body).toEqual({ message: 'API key revoked successfully' });
    expect((await revoke(id)).status).toBe(200);
    expect(await outcomeOfChat(key)).toEqual([401, 'invalid_api_key']);
    for (const unknown of [NO_ID, 'nothing', '1', "'--"]) expect((await revoke(unknown)).status).toBe(404);
    expect((await owner.jwt.json('PATCH', `${KEYS}/${id}`, { body: { is_active: true } })).status).toBe(400);
  });

  it('by deleting it leaves its history in the books', async () => {
    const someone = await signUp(gateway);
    const { id, key } = await issueKey(someone);
    expect(await outcomeOfChat(key)).toEqual([200, undefined]);
    expect((await someone.jwt.json('DELETE', `${KEYS}/${id}`)).status).toBe(204);
    expect((await someone.jwt.get(`${KEYS}/${id}`)).status).toBe(404);
    expect((await someone.jwt.json('DELETE', `${KEYS}/${id}`)).status).toBe(404);
    expect(await outcomeOfChat(key)).toEqual([401, 'invalid_api_key']);
    const usage = await someone.jwt.get<unknown[]>('/api/v1/user/usage');
    expect(usage.body).toHaveLength(1);
    expect(
      await gateway.books.query('SELECT 1 FROM ledger WHERE user_id = $1 AND api_key_id > 0', [someone.id]),
    ).toHaveLength(1);
  });
});

it('replaces the default key on the same terms', async () => {
  const someone = await signUp(gateway);
  await gateway.books.query(`UPDATE api_keys SET scopes = '{chat}' WHERE user_id = $1`, [someone.id]);
  const { status, body } = await someone.jwt.post<{ api_key: string }>('/api/auth/refresh-api-key');
  expect(status).toBe(200);
  expect(await outcomeOfChat(someone.key)).toEqual([401, 'invalid_api_key']);
  expect(await outcomeOfChat(body.api_key)).toEqual([200, undefined]);
  expect((await withKey(body.api_key).get(QUOTA)).status).toBe(403);
});
