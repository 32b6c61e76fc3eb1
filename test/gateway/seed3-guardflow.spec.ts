import type { TestAccount } from '../support/gateway.js';
import { framesOf, startSeedGateway } from '../support/seed-gateway.js';
import type { SeedGateway } from '../support/seed-gateway.js';

jest.setTimeout(60_000);

const CHAT = '/api/v1/chat/completions';
const EXAMPLE = {
  task_id: 1,
  messages: [{ role: 'user', content: 'Help me debug this Python function' }],
  model: 'gpt-3.5-turbo',
};
const VERDICT = { intent_classification: 'coding', intent: 'debugging', deviation_score_delta: null };

let seed: SeedGateway;
let account: TestAccount;

beforeAll(async () => {
  seed = await startSeedGateway({ content: ['Sure', '.'] });
});
beforeEach(async () => {
  seed.gateway.upstream.reset();
  account = await seed.gateway.account({ day: 100_000 });
  await seed.gateway.assign(account);
});
afterAll(() => seed.stop());

describe('POST /api/v1/chat/completions', () => {
  it('answers the example, from the creation of its user to the verdict on its prompt', async () => {
    const admin = await seed.gateway.admin();
    const created = await admin.post<{ api_token: string }>('/api/v1/admin/users', {
      email: 'user@example.com',
      name: 'John Doe',
      daily_quota: 10_000,
      monthly_quota: 300_000,
    });
    const client = seed.gateway.client().bearer(created.body.api_token);
    const { status, body } = await client.post<{ confidence_score: number }>(CHAT, EXAMPLE);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...VERDICT,
      id: expect.any(String) as string,
      object: 'chat.completion',
      created: expect.any(Number) as number,
      model: 'gpt-3.5-turbo',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Sure.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 25, completion_tokens: 2, total_tokens: 27 },
    });
    expect(body.confidence_score).toBeGreaterThan(0);
    expect(body.confidence_score).toBeLessThanOrEqual(1);
    expect(seed.gateway.upstream.lastRequest?.json).not.toHaveProperty('task_id');
  });

  it('tells the verdict at the end of a stream, too', async () => {
    const stream = await account.client.openStream(CHAT, { ...EXAMPLE, stream: true });
    const frames = await framesOf(stream);
    expect(frames.at(-1)).toBe('[DONE]');
    expect(frames.at(-2)).toMatchObject({ ...VERDICT, choices: [{ finish_reason: 'stop' }] });
    expect(frames[0]).not.toHaveProperty('intent_classification');
  });

  it('answers with nothing but the text when that is asked for', async () => {
    const { status, body } = await account.client.post(CHAT, { ...EXAMPLE, format: 'minimal' });
    expect([status, body]).toEqual([200, { content: 'Sure.' }]);
    expect(seed.gateway.upstream.lastRequest?.json).not.toHaveProperty('format');
  });

  it("is OpenAI's route without a task", async () => {
    const { task_id, ...plain } = EXAMPLE;
    const { status, body } = await account.client.post(CHAT, plain);
    expect([status, task_id]).toEqual([200, 1]);
    expect(Object.keys(body as object).sort()).toEqual(['choices', 'created', 'id', 'model', 'object', 'usage']);
  });

  it('takes a call under a task only from who is assigned to it, and writes the task into the ledger', async () => {
    const stranger = await seed.gateway.account({ day: 100_000 });
    for (const [caller, taskId] of [
      [stranger, 1],
      [account, 999_999],
    ] as const) {
      expect(await caller.client.post(CHAT, { ...EXAMPLE, task_id: taskId })).toMatchObject({
        status: 403,
        body: { detail: 'User is not assigned to this task', error: { code: 'task_not_assigned' } },
      });
      expect(await seed.gateway.ledger(caller)).toEqual([]);
    }
    expect(seed.gateway.upstream.counters.requests).toBe(0);
    await account.client.post(CHAT, EXAMPLE);
    await seed.gateway.ledgerOf(account, 1);
    const tasks = await account.client.get<object[]>('/api/v1/user/tasks');
    expect(tasks.body).toMatchObject([{ id: 1, tokens_used: 27 }]);
    const rows = await seed.gateway.books.query('SELECT task_id FROM ledger WHERE user_id = $1', [account.id]);
    expect(rows).toEqual([{ task_id: 1 }]);
  });

  it('says 402 to a spent quota with a task, 429 without one, and 400 to a task that cannot be', async () => {
    const poor = await seed.gateway.account({ day: 10 });
    await seed.gateway.assign(poor);
    const guarded = await poor.client.post<{ detail: string }>(CHAT, EXAMPLE);
    expect(guarded).toMatchObject({ status: 402, body: { error: { code: 'insufficient_quota' } } });
    expect(guarded.body.detail).toMatch(/^Daily quota exceeded/);
    const { task_id, ...plain } = EXAMPLE;
    expect([(await poor.client.post(CHAT, plain)).status, task_id]).toEqual([429, 1]);
    for (const wrong of ['one', 0, -1, 1.5, [1]]) {
      const { status, body } = await account.client.post(CHAT, { ...EXAMPLE, task_id: wrong });
      expect([status, body]).toMatchObject([
        400,
        { error: { param: 'task_id' }, detail: expect.any(String) as string },
      ]);
    }
    expect((await seed.gateway.client().post(CHAT, EXAMPLE)).status).toBe(401);
  });
});
