import type { ApiAnswer, ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';
import type { TestAccount } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const CHAT = '/api/v1/chat/completions';
const TASKS = '/api/v1/admin/tasks';
/** What the fake upstream bills for every call, and what is reserved for one of 100 tokens. */
const BILLED = 110;
const RESERVED = 5 + 8 + 48 + 100;

interface Refusal {
  detail: string;
  error: { code: string; message: string; limit: number; used: number };
}

let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2, upstream: { promptTokens: 10, completionTokens: 'max_tokens' } });
  admin = await gateway.admin();
});
beforeEach(() => gateway.upstream.reset());
afterAll(() => gateway.stop());

async function working(limits: object, change: { assign?: boolean } = {}): Promise<[TestAccount, number]> {
  const { body } = await admin.post<{ id: number }>(TASKS, { title: 'Limited', ...limits });
  const account = await gateway.account();
  if (change.assign !== false) await gateway.assign(account, body.id);
  return [account, body.id];
}

function ask(
  account: TestAccount,
  taskId: number,
  change: Record<string, unknown> = {},
  replica = 0,
): Promise<ApiAnswer<Refusal>> {
  const messages = [{ role: 'user', content: 'Hello' }];
  const body = { model: 'gpt-4o-mini', task_id: taskId, max_tokens: 100, messages, ...change };
  return gateway.client(replica).bearer(account.key).post<Refusal>(CHAT, body);
}

async function windowOf(account: TestAccount, taskId: number): Promise<{ spent: number; held: number }> {
  const [row] = await gateway.books.query<{ spent: number; held: number }>(
    `SELECT spent_tokens::int AS spent, held_tokens::int AS held FROM quota_windows
      WHERE user_id = $1 AND subject = 3 AND subject_id = $2 AND period = 3`,
    [account.id, taskId],
  );
  return row;
}

describe('token_limit', () => {
  it('is never passed by calls at once over both replicas, and is spent to the last call that fits', async () => {
    const fitting = 6;
    const [account, taskId] = await working({ token_limit: fitting * RESERVED });
    const gate = gateway.upstream.gate();
    let answered = 0;
    const asked = Array.from({ length: 30 }, async (_, index) => {
      const answer = await ask(account, taskId, {}, index % 2);
      answered += 1;
      return answer;
    });
    await gateway.upstream.received(fitting);
    await until('a refusal of the rest, while these are held', () => answered === asked.length - fitting);
    expect(await windowOf(account, taskId)).toEqual({ spent: 0, held: fitting * RESERVED });
    gate.release();
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(fitting);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
    expect(refused[0].body.error.message).toContain('of your task');
    expect(gateway.upstream.counters.requests).toBe(fitting);
    expect(await windowOf(account, taskId)).toEqual({ spent: fitting * BILLED, held: 0 });
  });

  it('says 402 once it is spent, and leaves other tasks and accounts alone', async () => {
    const [account, taskId] = await working({ token_limit: RESERVED });
    expect((await ask(account, taskId)).status).toBe(200);
    // 51 are left, which is less than any prompt reserves.
    const spent = await ask(account, taskId);
    expect(spent).toMatchObject({
      status: 402,
      body: { error: { code: 'insufficient_quota', limit: RESERVED, used: BILLED } },
    });
    expect(spent.body.detail).toContain('Lifetime token limit of your task');
    const [other, otherTask] = await working({ token_limit: RESERVED });
    await gateway.assign(account, otherTask);
    await gateway.assign(other, taskId);
    expect([(await ask(account, otherTask)).status, (await ask(other, taskId)).status]).toEqual([200, 200]);
    expect((await account.client.get<{ id: number; tokens_used: number }[]>('/api/v1/user/tasks')).body).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: taskId, tokens_used: BILLED }) as unknown]),
    );
  });

  it('counts what was used before it was set, and a change counts at once on both replicas', async () => {
    const [account, taskId] = await working({});
    for (let turn = 0; turn < 3; turn += 1) expect((await ask(account, taskId)).status).toBe(200);
    await admin.json('PUT', `${TASKS}/${taskId}`, { body: { token_limit: 3 * BILLED } });
    const refused = await Promise.all([0, 1].map((replica) => ask(account, taskId, {}, replica)));
    expect(refused.map(({ status }) => status)).toEqual([402, 402]);
    await admin.json('PUT', `${TASKS}/${taskId}`, { body: { token_limit: 3 * BILLED + RESERVED } });
    expect((await ask(account, taskId, {}, 1)).status).toBe(200);
    await admin.json('PUT', `${TASKS}/${taskId}`, { body: { token_limit: null } });
    expect((await ask(account, taskId)).status).toBe(200);
  });
});

describe('max_tokens_per_request', () => {
  it('cuts the answer down, so that no request is billed for more', async () => {
    const [account, taskId] = await working({ max_tokens_per_request: 100 });
    expect((await ask(account, taskId, { max_tokens: 5_000 })).status).toBe(200);
    const { max_tokens: sent } = gateway.upstream.lastRequest?.json as { max_tokens: number };
    expect(sent).toBe(100 - (RESERVED - 100));
    // Without a wish of the client's, too.
    expect((await ask(account, taskId, { max_tokens: undefined })).status).toBe(200);
    expect(gateway.upstream.lastRequest?.json).toMatchObject({ max_tokens: sent });
    expect((await ask(account, taskId, { n: 2, max_tokens: undefined })).status).toBe(200);
    expect(gateway.upstream.lastRequest?.json).toMatchObject({ max_tokens: Math.floor(sent / 2) });
    for (const { promptTokens, completionTokens } of await gateway.ledgerOf(account, 3)) {
      expect(promptTokens + completionTokens).toBeLessThanOrEqual(100);
    }
  });

  it('refuses a prompt that leaves no room for an answer, before anything is held or sent', async () => {
    const [account, taskId] = await working({ max_tokens_per_request: 100 });
    const messages = [{ role: 'user', content: 'a'.repeat(60) }];
    const refused = await ask(account, taskId, { messages });
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'task_request_too_large', param: 'messages' } },
    });
    expect(refused.body.detail).toContain('100 tokens per request');
    expect(gateway.upstream.counters.requests).toBe(0);
    expect(await gateway.ledger(account)).toEqual([]);
    expect(await gateway.holds(account)).toBe(0);
  });

  it('does not bind calls without a task', async () => {
    const [account] = await working({ max_tokens_per_request: 100 });
    const { status } = await account.client.post(CHAT, {
      model: 'gpt-4o-mini',
      max_tokens: 500,
      messages: [{ role: 'user', content: 'a'.repeat(600) }],
    });
    expect(status).toBe(200);
    expect(gateway.upstream.lastRequest?.json).toMatchObject({ max_tokens: 500 });
  });
});
