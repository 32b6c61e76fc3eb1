import { CHAT, chat, Gateway } from '../support/gateway.js';
import type { TestAccount } from '../support/gateway.js';
import type { ApiClient } from '../support/api-client.js';
import { enterPastCalls } from '../support/past-calls.js';

jest.setTimeout(60_000);

let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  gateway = await Gateway.start({ upstream: { promptTokens: 10, completionTokens: 5 } });
  admin = await gateway.admin();
});

afterAll(() => gateway.stop());

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
const day = (days: number): string => daysAgo(days).slice(0, 10);

async function keyOf(account: TestAccount): Promise<{ id: number; public_id: string }> {
  const [key] = await gateway.books.query<{ id: number; public_id: string }>(
    'SELECT id, public_id FROM api_keys WHERE user_id = $1 ORDER BY id LIMIT 1',
    [account.id],
  );
  return key;
}

async function get<Body>(path: string, client = admin): Promise<Body> {
  const { status, body } = await client.get<Body>(path);
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

describe('an account sees', () => {
  it('its totals by model and kind of work, its calls and what is left', async () => {
    await admin.post(CHAT, chat());
    await admin.post(CHAT, chat({ model: 'gpt-4o' }));
    expect(await get('/api/usage/stats?days=1')).toEqual({
      total_requests: 2,
      total_tokens: 30,
      total_input_tokens: 20,
      total_output_tokens: 10,
      by_model: { 'gpt-4o': { requests: 1, tokens: 15 }, 'gpt-4o-mini': { requests: 1, tokens: 15 } },
      by_task: { 'text-generation': { requests: 2, tokens: 30 } },
    });
    expect(await get('/api/usage/logs?limit=1&offset=1')).toEqual([
      expect.objectContaining({
        model_name: 'gpt-4o-mini',
        input_tokens: 10,
        output_tokens: 5,
        task_type: 'text-generation',
      }),
    ]);
    expect(await get('/api/usage/quota')).toMatchObject({ daily_tokens_remaining: -1, used: { tokens_today: 30 } });
    expect((await admin.get('/api/usage/stats?days=366')).status).toBe(422);
    expect((await gateway.client().get('/api/usage/stats')).status).toBe(401);
  });

  it('what one of its keys was used for, and nobody else’s', async () => {
    const [owner, stranger] = [await gateway.account(), await gateway.account()];
    const key = await keyOf(owner);
    await owner.client.post(CHAT, chat());
    await enterPastCalls(gateway.books, [
      { userId: owner.id, at: daysAgo(3), apiKeyId: key.id, prompt: 7, completion: 1 },
      { userId: owner.id, at: daysAgo(40), apiKeyId: key.id, prompt: 100 },
      { userId: owner.id, at: daysAgo(2), apiKeyId: null },
    ]);
    const path = `/api/v1/usage/${key.public_id}`;
    expect(await get(`${path}/summary?days=30`, owner.client)).toMatchObject({
      total_requests: 2,
      total_tokens: 23,
      total_prompt_tokens: 17,
      total_completion_tokens: 6,
    });
    const calls = await get<{ tokens_used: number }[]>(`${path}?since=${daysAgo(10)}`, owner.client);
    expect(calls.map((call) => call.tokens_used)).toEqual([15, 8]);
    expect(await get<unknown[]>(`${path}?skip=1&limit=5`, owner.client)).toHaveLength(2);
    expect((await stranger.client.get(`${path}/summary`)).status).toBe(404);
    expect((await stranger.client.get(path)).status).toBe(404);
    expect((await owner.client.get('/api/v1/usage/not-a-uuid')).status).toBe(422);
  });
});

describe('lists of calls', () => {
  it('are paged by offset as ever, and by cursor without gaps and repeats while calls come in', async () => {
    const account = await gateway.account();
    const key = await keyOf(account);
    const calls = Array.from({ length: 7 }, (_, index) => ({
      userId: account.id,
      at: daysAgo(index),
      apiKeyId: key.id,
    }));
    const ids = await enterPastCalls(gateway.books, calls);
    const adminId = (await get<{ id: number }>('/api/v1/user/profile')).id;
    await enterPastCalls(
      gateway.books,
      calls.map((call) => ({ ...call, userId: adminId, apiKeyId: null })),
    );
    for (const [path, client] of [
      [`/api/v1/usage/${key.public_id}`, account.client],
      ['/api/v1/user/usage', account.client],
      ['/api/usage/logs', admin],
    ] as const) {
      const all = (await get<{ id: string }[]>(`${path}?limit=1000`, client)).map(({ id }) => id);
      const found: string[] = [];
      for (let cursor = ''; ;) {
        const page = await client.get<{ id: string }[]>(`${path}?limit=3${cursor}`);
        found.push(...page.body.map(({ id }) => id));
        await enterPastCalls(gateway.books, [{ userId: account.id, at: new Date().toISOString(), apiKeyId: key.id }]);
        const next = page.headers['x-next-cursor'];
        if (next === undefined) break;
        cursor = `&cursor=${String(next)}`;
      }
      expect([path, found]).toEqual([path, all]);
      expect((await client.get(`${path}?cursor=nonsense`)).status).toBe(400);
      const offset = path === '/api/usage/logs' ? 'offset' : 'skip';
      const newer =
        path === '/api/usage/logs' ? 0 : (await get<unknown[]>(`${path}?limit=1000`, client)).length - all.length;
      const skipped = await get<{ id: string }[]>(`${path}?${offset}=${newer + 2}&limit=2`, client);
      expect([path, skipped.map(({ id }) => id)]).toEqual([path, all.slice(2, 4)]);
    }
    expect(ids).toHaveLength(7);
  });
});

describe('the log of an administrator', () => {
  let account: TestAccount;
  let ids: string[];

  beforeAll(async () => {
    account = await gateway.account();
    ids = await enterPastCalls(gateway.books, [
      { userId: account.id, at: daysAgo(200), model: 'rare' },
      { userId: account.id, at: daysAgo(90), model: 'rare', status: 'upstream_error', taskId: 77 },
      { userId: account.id, at: daysAgo(90), taskId: 77 },
      { userId: account.id, at: daysAgo(5), model: 'rare', apiKeyId: 123_456 },
      { userId: account.id, at: daysAgo(5), intent: 'debugging', guardIntent: 'research' },
      { userId: account.id, at: daysAgo(1), model: 'rare', intent: 'poetry', guardIntent: 'off_topic' },
    ]);
  });

  const found = async (query: string): Promise<number[]> => {
    const rows = await get<{ request_id: string }[]>(`/api/v1/admin/logs?${query}`);
    return rows.map((row) => ids.indexOf(row.request_id)).sort((a, b) => b - a);
  };

  it.each([
    ['model=rare', [5, 3, 1, 0]],
    ['model=rare&status=upstream_error', [1]],
    ['task_id=77', [2, 1]],
    ['api_key_id=123456', [3]],
    ['intent=debugging', [4]],
    ['intent=off_topic', [5]],
    ['intent=off_topic&model=gpt-4o-mini', []],
  ])('finds calls by %s', async (query, places) => {
    expect(await found(`${query}&from=${daysAgo(300)}&to=${daysAgo(0.5)}`)).toEqual(places);
  });

  it('finds calls by account and time', async () => {
    expect(await found(`user_id=${account.id}`)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(await found(`user_id=${account.id}&from=${daysAgo(100)}&to=${daysAgo(4)}`)).toEqual([4, 3, 2, 1]);
    expect(await found(`user_id=${account.id}&model=rare&from=${daysAgo(100)}&to=${daysAgo(4)}`)).toEqual([3, 1]);
    expect(await found(`model=rare&skip=1&limit=2`)).toEqual([3, 1]);
  });

  it.each(['user_id', 'model'])('pages by cursor without gaps and repeats (%s)', async (by) => {
    const query = by === 'user_id' ? `user_id=${account.id}` : 'model=rare';
    const all = await get<{ request_id: string }[]>(`/api/v1/admin/logs?${query}`);
    const paged: string[] = [];
    let cursor = '';
    for (let page = 0; page < 10; page += 1) {
      const answer = await admin.get<{ request_id: string }[]>(`/api/v1/admin/logs?${query}&limit=2${cursor}`);
      paged.push(...answer.body.map((row) => row.request_id));
      if (answer.headers['x-next-cursor'] === undefined) break;
      cursor = `&cursor=${String(answer.headers['x-next-cursor'])}`;
    }
    expect(paged).toEqual(all.map((row) => row.request_id));
  });

  it('names the field that is wrong', async () => {
    expect(await admin.get('/api/v1/admin/logs?cursor=nonsense')).toMatchObject({ status: 400 });
  });

  it.each([
    ['from=yesterday', 'from', 'from must be a time in ISO 8601, such as 2030-01-31T00:00:00Z'],
    ['from=2026-02-02&to=2026-02-01', 'to', 'to must not be before from'],
    ['status=bogus', 'status', expect.stringMatching(/^status must be one of .*completed, .*orphaned$/)],
    ['intent=bogus', 'intent', expect.stringMatching(/^intent must be one of .*coding, .*off_topic, unknown$/)],
    ['limit=many', 'limit', 'limit must be an integer number'],
  ])('says of ?%s which field is wrong and what it may be', async (query, field, msg: unknown) => {
    const { status, body } = await admin.get<{ errors: unknown }>(`/api/v1/admin/logs?${query}`);
    expect([status, body.errors]).toEqual([422, [expect.objectContaining({ loc: ['query', field], msg })]]);
  });

  it.each(['completed', 'client_aborted', 'upstream_error', 'interrupted', 'not_dispatched', 'orphaned'])(
    'knows the status %s',
    async (status) => expect((await admin.get(`/api/v1/admin/logs?status=${status}`)).status).toBe(200),
  );

  it.each(['chitchat', 'testing', 'off_topic', 'unknown'])('knows the intent %s', async (intent) => {
    expect((await admin.get(`/api/v1/admin/logs?intent=${intent}`)).status).toBe(200);
  });
});

describe('analytics', () => {
  it('add up all accounts', async () => {
    await gateway.books.query(
      `TRUNCATE ledger, usage_rollups, usage_intents, usage_intents_unsummed, usage_intent_sums, usage_account_sums, usage_day_sums`,
    );
    const [one, two] = [await gateway.account(), await gateway.account()];
    await enterPastCalls(gateway.books, [
      { userId: one.id, at: daysAgo(0), costNanoUsd: 5_000, intent: 'debugging', guardIntent: 'coding' },
      {
        userId: one.id,
        at: daysAgo(1),
        model: 'gpt-4o',
        costNanoUsd: 90_000,
        intent: 'debugging',
        guardIntent: 'coding',
      },
      { userId: two.id, at: daysAgo(1), costNanoUsd: 7_000, status: 'upstream_error', prompt: 0, completion: 0 },
      { userId: two.id, at: daysAgo(30), prompt: 1_000_000 },
    ]);
    expect(await get('/api/v1/admin/analytics/usage')).toEqual({
      analysis_period_days: 7,
      total_requests: 3,
      active_users: 2,
      total_tokens_used: 30,
      total_cost_nano_usd: 102_000,
      avg_requests_per_day: 0.43,
      avg_tokens_per_request: 10,
      intent_distribution: { coding: 2 },
      error_rate_percent: 33.33,
    });
    const top = await get<{ subject: number; cost_nano_usd: number }[]>('/api/v1/admin/analytics/top?days=7');
    expect(top.map(({ subject, cost_nano_usd }) => [subject, cost_nano_usd])).toEqual([
      [one.id, 95_000],
      [two.id, 7_000],
    ]);
    expect(await get('/api/v1/admin/analytics/top?days=7&of=model&by=requests&limit=1')).toMatchObject([
      { subject: 'gpt-4o-mini', requests: 2 },
    ]);
    expect(await get('/api/v1/admin/analytics/timeseries?from=' + day(1))).toMatchObject([
      { day: day(1), requests: 2, errors: 1, cost_nano_usd: 97_000 },
      { day: day(0), requests: 1, total_tokens: 15 },
    ]);
    expect(await get(`/api/v1/admin/analytics/timeseries?group_by=intent,user`)).toMatchObject([
      { day: day(1), intent: 'debugging', user_id: one.id, requests: 1 },
      { day: day(0), intent: 'debugging', user_id: one.id, requests: 1 },
    ]);
    const unknown = { errors: null, prompt_tokens: null, completion_tokens: null, cached_prompt_tokens: null };
    for (const groups of ['intent', 'model,user,key,intent']) {
      expect(await get(`/api/v1/admin/analytics/timeseries?group_by=${groups}`)).toMatchObject([
        { day: day(1), total_tokens: 15, cost_nano_usd: 90_000, ...unknown },
        { day: day(0), total_tokens: 15, cost_nano_usd: 5_000, ...unknown },
      ]);
    }
    const users = await get<{ total_users: number }>('/api/v1/admin/analytics/users');
    expect(users.total_users).toBeGreaterThanOrEqual(3);
  });

  it('page time series by cursor without gaps and repeats', async () => {
    const path = '/api/v1/admin/analytics/timeseries?group_by=user,model,key';
    const all = await get<unknown[]>(path);
    const paged: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 10; page += 1) {
      const answer = await admin.get<unknown[]>(`${path}&limit=1${cursor}`);
      paged.push(...answer.body);
      if (answer.headers['x-next-cursor'] === undefined) break;
      cursor = `&cursor=${String(answer.headers['x-next-cursor'])}`;
    }
    expect(paged).toEqual(all);
    expect(all).toHaveLength(3);
    expect(await admin.get(`${path}&cursor=WzFd`)).toMatchObject({ status: 400 });
    expect(await admin.get('/api/v1/admin/analytics/timeseries?group_by=password')).toMatchObject({ status: 422 });
    expect(await admin.get('/api/v1/admin/analytics/timeseries?from=2026-02-31')).toMatchObject({ status: 422 });
  });

  it('are for administrators only', async () => {
    const { client } = await gateway.account();
    for (const path of [
      'analytics/usage',
      'analytics/top',
      'analytics/timeseries',
      'analytics/users',
      'export/usage',
    ]) {
      expect([401, 403]).toContain((await client.get(`/api/v1/admin/${path}`)).status);
    }
  });
});
