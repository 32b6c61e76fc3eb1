import { randomUUID } from 'node:crypto';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import type { ApiAnswer } from '../support/api-client.js';
import { ledgerCommand } from '../support/ledger-command.js';
import { signUp } from '../identity/people.js';

jest.setTimeout(90_000);

const SAME = { temperature: 0 };
const CACHE = 'x-gatehouse-cache';
/** What the fake upstream tells of an answer. */
const WHOLE = 30;

interface BilledRow {
  from_cache: boolean;
  tokens: number;
  cost: number;
  provider: string;
  usage_source: string;
}

let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  // The second server bills half of a kept answer, the third nothing.
  gateway = await Gateway.start();
  await gateway.addServer({ ANSWER_CACHE_BILLED_PERCENT: '50', ANSWER_CACHE_TTL_SECONDS: '1' });
  await gateway.addServer({ ANSWER_CACHE_BILLED_PERCENT: '0', ANSWER_CACHE_MB_PER_USER: '1' });
});
beforeEach(async () => {
  gateway.upstream.reset();
  account = await gateway.account({ day: 1_000_000 });
  await useCache(account);
});
afterAll(() => gateway.stop());

async function useCache({ id }: { id: number }): Promise<void> {
  await gateway.books.query('UPDATE api_keys SET cache_answers = true WHERE user_id = $1', [id]);
}

const ask = (body: object = chat(SAME), headers: Record<string, string> = {}, path = CHAT, server = 0) =>
  gateway.client(server).bearer(account.key).post(path, body, headers);

const bills = (user = account) =>
  gateway.books.query<BilledRow>(
    `SELECT from_cache, total_tokens AS tokens, cost_nano_usd::int AS cost, provider, usage_source
       FROM ledger WHERE user_id = $1 ORDER BY admitted_at, request_id`,
    [user.id],
  );

const marks = (answers: readonly ApiAnswer<unknown>[]) => answers.map(({ headers }) => headers[CACHE]);

async function kept(user = account): Promise<number> {
  const [{ count }] = await gateway.books.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM cached_answers WHERE user_id = $1',
    [user.id],
  );
  return count;
}

describe('an answer from the cache', () => {
  it('is the same bytes, marked, admitted, billed in full and written down with one row', async () => {
    const answers = [await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(marks(answers)).toEqual(['miss', 'hit']);
    expect(answers[1].body).toEqual(answers[0].body);
    expect(gateway.upstream.counters.requests).toBe(1);
    const [first, second] = await bills();
    expect(first).toMatchObject({ from_cache: false, tokens: WHOLE, provider: 'openai', usage_source: 'upstream' });
    expect(second).toEqual({ ...first, from_cache: true });
    expect(first.cost).toBeGreaterThan(0);
    expect(answers[1].headers['x-gatehouse-cost']).toBe(answers[0].headers['x-gatehouse-cost']);
    expect(await gateway.balanced(account)).toBe(2 * WHOLE);
  });

  it('is a whole stream', async () => {
    const question = chat({ ...SAME, stream: true });
    const read = async () => {
      const stream = await account.client.openStream(CHAT, question);
      await stream.rest();
      return { mark: stream.headers[CACHE], bytes: stream.received().toString() };
    };
    const [first, second] = [await read(), await read()];
    expect([first.mark, second.mark]).toEqual(['miss', 'hit']);
    expect(second.bytes).toBe(first.bytes);
    expect(second.bytes).toMatch(/data: \[DONE\]\n\n$/);
    expect(gateway.upstream.counters.requests).toBe(1);
    expect(await bills()).toMatchObject([{ tokens: WHOLE }, { from_cache: true, tokens: WHOLE }]);
    expect(await gateway.balanced(account)).toBe(2 * WHOLE);
  });

  it.each([
    ['/v1/messages', { model: 'gpt-4o-mini', max_tokens: 50, temperature: 0, messages: chat().messages }],
    ['/api/v1/chat/stream', { messages: chat().messages, temperature: 0, model: 'gpt-4o-mini' }],
    ['/v1/responses', { model: 'gpt-4o-mini', input: 'Hello', temperature: 0, stream: true }],
    ['/v1/completions', { model: 'gpt-4o-mini', prompt: 'Hello', temperature: 0 }],
    ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'Hello' }],
  ])('is given on %s too', async (path, question) => {
    const answers = [await ask(question, {}, path), await ask(question, {}, path)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(marks(answers)).toEqual(['miss', 'hit']);
    expect(gateway.upstream.counters.requests).toBe(1);
    expect(await bills()).toMatchObject([{ from_cache: false }, { from_cache: true }]);
    await gateway.balanced(account);
  });

  it('is billed as configured, and corrected with the right prices as any other', async () => {
    await ask();
    await ask(chat(SAME), {}, CHAT, 1);
    await ask(chat(SAME), {}, CHAT, 2);
    const [full, half, nothing] = await bills();
    expect([full, half, nothing].map(({ tokens }) => tokens)).toEqual([WHOLE, WHOLE / 2 + 1, 0]);
    expect(half.cost).toBeGreaterThan(0);
    expect(half.cost).toBeLessThan(full.cost);
    expect([nothing.cost, nothing.from_cache]).toEqual([0, true]);
    expect(await gateway.balanced(account)).toBe(WHOLE + WHOLE / 2 + 1);
    const [{ version }] = await gateway.books.query<{ version: string }>(
      'SELECT DISTINCT price_version AS version FROM ledger WHERE user_id = $1',
      [account.id],
    );
    const same = ['--input', '0.15', '--cached-input', '0.075', '--output', '0.6', '--as', 'same', '--dry-run'];
    expect(
      await ledgerCommand(gateway.databaseUrl, 'reprice', '--version', version, '--model', 'gpt-4o-mini', ...same),
    ).toMatchObject({ code: 0, output: expect.stringMatching(/^0 calls/) as unknown });
  });

  it('needs the limits as any other: a spent account gets none', async () => {
    await ask();
    await gateway.setDailyLimit(account, WHOLE);
    const { status, headers } = await ask();
    expect([status, headers[CACHE]]).toEqual([429, undefined]);
    expect(await bills()).toHaveLength(1);
  });

  it('is kept for an Idempotency-Key as any other', async () => {
    await ask();
    const headers = { 'idempotency-key': randomUUID() };
    const answers = [await ask(chat(SAME), headers), await ask(chat(SAME), headers)];
    expect(answers.map(({ headers: each }) => each['idempotent-replayed'])).toEqual([undefined, 'true']);
    expect(answers[1].body).toEqual(answers[0].body);
    expect(await bills()).toHaveLength(2);
    expect(gateway.upstream.counters.requests).toBe(1);
  });

  it('survives a server, and every entry is sealed', async () => {
    await ask();
    expect(marks([await ask(chat(SAME), {}, CHAT, 2)])).toEqual(['hit']);
    expect(await ledgerCommand(gateway.databaseUrl, 'verify')).toMatchObject({ code: 0 });
  });
});

describe('the cache', () => {
  it('is off by default', async () => {
    const other = await gateway.account();
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await other.client.post(CHAT, chat(SAME))).headers[CACHE]).toBeUndefined();
    }
    expect(gateway.upstream.counters.requests).toBe(2);
    expect(await kept(other)).toBe(0);
  });

  it('is switched on and off for one key', async () => {
    const person = await signUp(gateway);
    const KEYS = '/api/v1/api-keys';
    const { body } = await person.jwt.post<{ id: string; key: string; cache_answers: boolean }>(KEYS, {
      name: 'cached',
      cache_answers: true,
    });
    expect(body.cache_answers).toBe(true);
    const client = gateway.client().bearer(body.key);
    expect(marks([await client.post(CHAT, chat(SAME)), await client.post(CHAT, chat(SAME))])).toEqual(['miss', 'hit']);
    const changed = await person.jwt.json('PATCH', `${KEYS}/${body.id}`, { body: { cache_answers: false } });
    expect([changed.status, changed.body]).toMatchObject([200, { cache_answers: false }]);
    expect(marks([await client.post(CHAT, chat(SAME))])).toEqual([undefined]);
    const wrong = await person.jwt.post(KEYS, { name: 'x', cache_answers: 'yes' });
    expect(wrong.status).toBe(422);
  });

  it('serves the account: another key of it that wants the cache, none that does not, and nobody else', async () => {
    await ask();
    const without = gateway.client().bearer(await gateway.issueKey(account.id));
    expect(marks([await without.post(CHAT, chat(SAME))])).toEqual([undefined]);
    expect(gateway.upstream.counters.requests).toBe(2);

    const secondKey = await gateway.issueKey(account.id);
    await useCache(account);
    expect(marks([await gateway.client().bearer(secondKey).post(CHAT, chat(SAME))])).toEqual(['hit']);

    const other = await gateway.account();
    await useCache(other);
    expect(marks([await other.client.post(CHAT, chat(SAME))])).toEqual(['miss']);
    expect(gateway.upstream.counters.requests).toBe(3);
  });

  it.each([
    ['another text', chat({ ...SAME, messages: [{ role: 'user', content: 'Hello!' }] })],
    ['another limit', chat({ ...SAME, max_tokens: 51 })],
    ['another model', chat({ ...SAME, model: 'gpt-4o' })],
    ['a field that we do not know', chat({ ...SAME, seed: 1 })],
    ['a stream', chat({ ...SAME, stream: true })],
  ])('misses %s', async (_what, body) => {
    await ask();
    expect(marks([await ask(body)])).toEqual(['miss']);
    expect(gateway.upstream.counters.requests).toBe(2);
  });

  it.each([
    ['no temperature', chat()],
    ['a temperature', chat({ temperature: 0.2 })],
    ['tools', chat({ ...SAME, tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] })],
  ])('leaves %s alone', async (_what, body) => {
    expect(marks([await ask(body), await ask(body)])).toEqual([undefined, undefined]);
    expect(gateway.upstream.counters.requests).toBe(2);
    expect(await kept()).toBe(0);
  });

  it('gives way to Cache-Control', async () => {
    await ask();
    expect(marks([await ask(chat(SAME), { 'cache-control': 'no-store' })])).toEqual([undefined]);
    expect(marks([await ask(chat(SAME), { 'cache-control': 'no-cache' })])).toEqual(['miss']);
    expect(marks([await ask()])).toEqual(['hit']);
    expect(gateway.upstream.counters.requests).toBe(3);
  });

  it('keeps nothing that failed or told a wrong usage', async () => {
    for (const behaviour of [
      { fault: { kind: 'truncate' } },
      { done: false },
      { toldUsage: { prompt_tokens: -1, completion_tokens: 1 } },
    ] as const) {
      gateway.upstream.behave(behaviour);
      await ask(chat({ ...SAME, stream: true }));
    }
    gateway.upstream.behave({ fault: { kind: 'status', status: 400 } });
    await ask();
    expect(await kept()).toBe(0);
    await gateway.balanced(account);
  });

  it('forgets what is old', async () => {
    await ask(chat(SAME), {}, CHAT, 1);
    await gateway.books.query('UPDATE cached_answers SET expires_at = clock_timestamp() WHERE user_id = $1', [
      account.id,
    ]);
    expect(marks([await ask(chat(SAME), {}, CHAT, 1)])).toEqual(['miss']);
    const [{ left }] = await gateway.books.query<{ left: number }>(
      'SELECT extract(epoch FROM expires_at - created_at)::int AS left FROM cached_answers WHERE user_id = $1',
      [account.id],
    );
    expect(left).toBe(1);
  });

  it('is bounded: the oldest answers make room, and none over 1 MB is kept', async () => {
    gateway.upstream.behave({ hugeLineBytes: 400_000, completionTokens: 5 });
    const question = (seed: number) => chat({ ...SAME, max_tokens: 1_000, seed });
    for (let seed = 0; seed < 4; seed += 1) await ask(question(seed), {}, CHAT, 2);
    expect(await kept()).toBe(2);
    expect(marks([await ask(question(3), {}, CHAT, 2)])).toEqual(['hit']);
    expect(marks([await ask(question(0), {}, CHAT, 2)])).toEqual(['miss']);
    gateway.upstream.behave({ hugeLineBytes: 1_500_000, completionTokens: 5 });
    await ask(question(9), {}, CHAT, 2);
    expect(marks([await ask(question(9), {}, CHAT, 2)])).toEqual(['miss']);
  });

  it('is emptied of a person who is erased, as are answers kept for an Idempotency-Key', async () => {
    await ask(chat(SAME), { 'idempotency-key': randomUUID() });
    expect(await kept()).toBe(1);
    const { status } = await (await gateway.admin()).post(`/api/v1/admin/users/${account.id}/erase`);
    expect(status).toBe(200);
    expect(await kept()).toBe(0);
    const claims = await gateway.books.query('SELECT 1 FROM idempotency_claims WHERE user_id = $1', [account.id]);
    expect(claims).toHaveLength(0);
  });
});
