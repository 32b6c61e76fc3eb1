import type { ApiAnswer } from '../support/api-client.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';

jest.setTimeout(60_000);

const ROOM_FOR = 20;
const CALLS = 200;

interface Refusal {
  error: { code: string; type: string };
}

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2, upstream: { completionTokens: 'max_tokens' } });
});
beforeEach(() => gateway.upstream.reset());
afterAll(() => gateway.stop());

/** What one call of `chat()` reserves: the whole, and the prompt's part of it. */
async function reserveOfACall(): Promise<{ tokens: number; promptTokens: number }> {
  const { upstream, books } = gateway;
  const prober = await gateway.account();
  const gate = upstream.gate();
  const answer = prober.client.post(CHAT, chat());
  await gate.waiting(1);
  const [hold] = await books.query<{ tokens: string; prompt: number }>(
    'SELECT tokens_held AS tokens, prompt_tokens_reserved AS prompt FROM holds WHERE user_id = $1',
    [prober.id],
  );
  gate.release();
  expect((await answer).status).toBe(200);
  upstream.reset();
  return { tokens: Number(hold?.tokens), promptTokens: Number(hold?.prompt) };
}

/** Many calls at once over both replicas, every other one a stream. */
function callAtOnce({ key }: TestAccount): Promise<ApiAnswer<Refusal>[]> {
  return Promise.all(
    Array.from({ length: CALLS }, (_, index) =>
      gateway
        .client(index % 2)
        .bearer(key)
        .post<Refusal>(CHAT, chat({ stream: index % 4 > 1 })),
    ),
  );
}

it('lets exactly as many calls through as there is room for, over two replicas, when each uses all it reserved', async () => {
  const { upstream } = gateway;
  const reserve = await reserveOfACall();
  const account = await gateway.account({ day: ROOM_FOR * reserve.tokens });
  upstream.behave({ promptTokens: reserve.promptTokens, latencyMs: 20, firstChunkMs: 20 });

  const answers = await callAtOnce(account);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(upstream.counters.requests).toBe(ROOM_FOR);
  expect(refused).toHaveLength(CALLS - ROOM_FOR);
  for (const { status, headers, body } of refused) {
    expect(status).toBe(429);
    if (body.error.code === 'insufficient_quota') expect(headers['x-should-retry']).toBe('false');
    else expect([body.error.code, headers['retry-after']]).toEqual(['rate_limit_exceeded', '1']);
  }

  await upstream.idle();
  expect(await gateway.balanced(account)).toBe(upstream.counters.totalTokens);
  expect(upstream.counters.totalTokens).toBe(ROOM_FOR * reserve.tokens);
  expect(await gateway.ledgerOf(account, ROOM_FOR)).toEqual(
    Array(ROOM_FOR).fill(expect.objectContaining({ status: 'completed', usageSource: 'upstream' })),
  );

  const spent = await account.client.post<Refusal>(CHAT, chat());
  expect([spent.status, spent.body.error.code, spent.body.error.type]).toEqual([
    429,
    'insufficient_quota',
    'insufficient_quota',
  ]);
  await gateway.setDailyLimit(account, (ROOM_FOR + 1) * reserve.tokens);
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
  expect((await account.client.post(CHAT, chat())).status).toBe(429);
});

it('counts what is in flight: while as many calls as fit run, every other one is told to come back', async () => {
  const { upstream } = gateway;
  const reserve = await reserveOfACall();
  const account = await gateway.account({ day: ROOM_FOR * reserve.tokens });
  const gate = upstream.gate();
  const answers = callAtOnce(account);
  await gate.waiting(ROOM_FOR);
  const tooMany = await account.client.post<Refusal>(CHAT, chat());
  expect([tooMany.status, tooMany.body.error.code]).toEqual([429, 'rate_limit_exceeded']);
  // Not before every call has been answered or waits: a late one must not find room that a settlement made.
  expect(await gateway.holds(account)).toBe(ROOM_FOR);
  await expect(Promise.race([answers, gate.waiting(ROOM_FOR + 1, 1_000)])).rejects.toThrow('in vain');
  gate.release();

  const statuses = (await answers).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(ROOM_FOR);
  expect(statuses.filter((status) => status === 429)).toHaveLength(CALLS - ROOM_FOR);
  expect(upstream.counters.requests).toBe(ROOM_FOR);
  expect(await gateway.balanced(account)).toBe(upstream.counters.totalTokens);
  // Less was used than reserved, so the next call fits without anybody's help.
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
});
