import { randomUUID } from 'node:crypto';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import type { ApiAnswer } from '../support/api-client.js';

jest.setTimeout(90_000);

const DUPLICATES = 50;

let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  // Two servers: a duplicate may arrive at the other one.
  gateway = await Gateway.start({ replicas: 2, env: { IDEMPOTENCY_WAIT_MS: '1500' } });
});
beforeEach(async () => {
  gateway.upstream.reset();
  account = await gateway.account({ day: 1_000_000 });
});
afterAll(() => gateway.stop());

const keyed = (key: string) => ({ 'idempotency-key': key });

/** Sends the same request to both servers in turn. */
function post(path: string, body: unknown, headers: Record<string, string>, index = 0): Promise<ApiAnswer<unknown>> {
  return gateway
    .client(index % 2)
    .bearer(account.key)
    .post(path, body, headers);
}

async function duplicates(path: string, body: unknown): Promise<ApiAnswer<unknown>[]> {
  const headers = keyed(randomUUID());
  return Promise.all(Array.from({ length: DUPLICATES }, (_, index) => post(path, body, headers, index)));
}

describe('50 duplicates at once', () => {
  it.each([
    ['JSON', CHAT, chat()],
    ['SSE', CHAT, chat({ stream: true })],
    ['translated JSON', '/v1/messages', { model: 'gpt-4o-mini', max_tokens: 50, messages: chat().messages }],
    ['translated SSE', '/api/v1/chat/stream', { messages: chat().messages, model: 'gpt-4o-mini' }],
  ])('%s: one upstream call, one ledger row, 50 equal bodies', async (_name, path, body) => {
    gateway.upstream.behave({ latencyMs: 200, firstChunkMs: 200, chunkDelayMs: 20 });
    const answers = await duplicates(path, body);
    expect(answers.map(({ status }) => status)).toEqual(Array(DUPLICATES).fill(200));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers['content-type'])).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true')).toHaveLength(DUPLICATES - 1);
    expect(gateway.upstream.counters.requests).toBe(1);
    await gateway.ledgerOf(account, 1);
    await gateway.balanced(account);
  });
});

describe('an idempotency key', () => {
  it('answers again later, from either server, and costs nothing', async () => {
    const headers = keyed('later');
    const first = await post(CHAT, chat(), headers);
    const again = await post(CHAT, chat(), headers, 1);
    expect(again.body).toEqual(first.body);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(await gateway.balanced(account)).toBe(30);
  });

  it('belongs to one account, one route and one body', async () => {
    const headers = keyed('mine');
    await post(CHAT, chat(), headers);
    const reused = { status: 422, body: { error: { code: 'idempotency_key_reused' } } };
    expect(await post(CHAT, chat({ max_tokens: 51 }), headers)).toMatchObject(reused);
    expect(await post('/api/v1/chat', { messages: chat().messages }, headers)).toMatchObject({ status: 422 });
    const stranger = await gateway.account();
    const theirs = await stranger.client.post(CHAT, chat({ max_tokens: 51 }), headers);
    expect([theirs.status, theirs.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect(gateway.upstream.counters.requests).toBe(2);
  });

  it.each([
    ['an error answer', { fault: { kind: 'status' as const, status: 400 } }, chat()],
    ['a broken stream', { fault: { kind: 'truncate' as const } }, chat({ stream: true })],
  ])('is free again after %s', async (_name, behaviour, body) => {
    const headers = keyed(randomUUID());
    gateway.upstream.behave(behaviour);
    await post(CHAT, body, headers);
    gateway.upstream.behave({ fault: undefined });
    const again = await post(CHAT, body, headers, 1);
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect((await post(CHAT, body, headers)).headers['idempotent-replayed']).toBe('true');
    await gateway.ledgerOf(account, 2);
  });

  it('is free again after a refusal, and after a client that left', async () => {
    const poor = await gateway.account({ day: 10 });
    expect((await poor.client.post(CHAT, chat(), keyed('poor'))).status).toBe(429);
    await gateway.setDailyLimit(poor, 10_000);
    expect((await poor.client.post(CHAT, chat(), keyed('poor'))).status).toBe(200);

    gateway.upstream.behave({ chunkDelayMs: 200 });
    const stream = await account.client.openStream(CHAT, chat({ stream: true }), keyed('left'));
    await stream.next();
    stream.hangUp();
    await gateway.ledgerOf(account, 1);
    gateway.upstream.behave({ chunkDelayMs: 0 });
    expect((await post(CHAT, chat({ stream: true }), keyed('left'))).status).toBe(200);
  });

  it('makes a duplicate wait for a bounded time: 425 with Retry-After', async () => {
    const gate = gateway.upstream.gate();
    const first = post(CHAT, chat(), keyed('slow'));
    await gateway.upstream.received(1);
    const waited = await post(CHAT, chat(), keyed('slow'), 1);
    expect(waited).toMatchObject({ status: 425, body: { error: { code: 'idempotent_request_in_flight' } } });
    expect(Number(waited.headers['retry-after'])).toBeGreaterThan(0);
    gate.release();
    expect((await first).status).toBe(200);
    expect((await post(CHAT, chat(), keyed('slow'), 1)).headers['idempotent-replayed']).toBe('true');
    expect(gateway.upstream.counters.requests).toBe(1);
  });

  it('of a process that died is taken over once its hold is gone', async () => {
    const gate = gateway.upstream.gate();
    const lost = await gateway.addServer({ HOLD_LEASE_SECONDS: '2' });
    const dying = gateway
      .client(lost)
      .bearer(account.key)
      .post(CHAT, chat(), keyed('orphan'))
      .catch((error: unknown) => error);
    await gateway.upstream.received(1);
    await gateway.servers[lost].kill();
    await dying;
    gate.release();
    gateway.upstream.reset();
    // The claim is guarded for ten seconds, whatever happens to its hold.
    const taken = async (): Promise<ApiAnswer<unknown>> => {
      const answer = await post(CHAT, chat(), keyed('orphan'));
      return answer.status === 425 ? taken() : answer;
    };
    const answer = await taken();
    expect([answer.status, answer.headers['idempotent-replayed']]).toEqual([200, undefined]);
    await gateway.balanced(account);
  });

  it('remembers that an answer was given which is too large to be kept', async () => {
    gateway.upstream.behave({ content: 'x'.repeat(300_000), chunkCount: 5 });
    const first = await post(CHAT, chat(), keyed('large'));
    expect(first.status).toBe(200);
    const again = await post(CHAT, chat(), keyed('large'));
    expect(again).toMatchObject({ status: 422, body: { error: { code: 'idempotent_answer_not_kept' } } });
    expect(gateway.upstream.counters.requests).toBe(1);
  });

  it.each(['', 'two words', 'x'.repeat(256)])('may not be %p', async (key) => {
    const { status, body } = await post(CHAT, chat(), keyed(key));
    expect([status, body]).toMatchObject([400, { error: { code: 'invalid_idempotency_key' } }]);
    expect(gateway.upstream.counters.requests).toBe(0);
  });
});
