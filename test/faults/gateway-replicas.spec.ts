import type { ApiAnswer } from '../support/api-client.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import { seededRandom } from '../support/random.js';

jest.setTimeout(90_000);

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
function callAtOnce({ key }: TestAccount, calls = CALLS): Promise<ApiAnswer<Refusal>[]> {
  return Promise.all(
    Array.from({ length: calls }, (_, index) =>
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

describe('under limits by day, by month, for life and of the key at once', () => {
  const SEED = Number(process.env['RACE_SEED'] ?? Date.now() % 1_000_000);

  interface Window {
    limit: string;
    spent: number;
    held: number;
    holds: number;
    room: number;
  }

  /** The account's and the key's windows that have a limit, each with what its holds amount to. */
  function windows({ id }: TestAccount): Promise<Window[]> {
    return gateway.books.query<Window>(
      `SELECT (ARRAY['', 'account', 'key'])[w.subject + 1] || ' ' || (ARRAY['day', 'month', 'life'])[w.period] AS limit,
              w.spent_tokens::int AS spent, w.held_tokens::int AS held,
              (SELECT coalesce(sum(h.tokens_held), 0)::int FROM holds h WHERE h.user_id = w.user_id AND w.id = ANY (h.window_ids)) AS holds,
              CASE WHEN w.subject = 2 THEN k.token_budget WHEN w.period = 1 THEN a.tokens_per_day
                   WHEN w.period = 2 THEN a.tokens_per_month ELSE a.lifetime_tokens END::int AS room
         FROM quota_windows w JOIN quota_accounts a USING (user_id) JOIN api_keys k USING (user_id)
        WHERE w.user_id = $1 AND (w.subject = 1 OR w.subject = 2 AND w.period = 3) ORDER BY 1`,
      [id],
    );
  }

  async function limited(random: () => number, reserve: number) {
    const room = (): number => Math.floor((4 + random() * 26) * reserve);
    const limits = { day: room(), month: room(), lifetime: room() };
    const budget = room();
    const account = await gateway.account(limits);
    await gateway.books.query('UPDATE api_keys SET token_budget = $2 WHERE user_id = $1', [account.id, budget]);
    return { account, least: Math.min(limits.day, limits.month, limits.lifetime, budget) };
  }

  it.each([1, 2, 3])(`admits none of 500 calls too many (seed ${SEED}, draw %i)`, async (draw) => {
    const { upstream } = gateway;
    const reserve = await reserveOfACall();
    const { account, least } = await limited(seededRandom(SEED + draw), reserve.tokens);
    upstream.behave({ promptTokens: reserve.promptTokens, latencyMs: 20, firstChunkMs: 20 });

    const answers = await callAtOnce(account, 500);
    for (const { status } of answers) expect([200, 429]).toContain(status);
    await upstream.idle();
    expect(await gateway.balanced(account)).toBe(upstream.counters.totalTokens);
    expect(upstream.counters.totalTokens).toBeLessThanOrEqual(least);
    expect(upstream.counters.requests).toBe(answers.filter(({ status }) => status === 200).length);
    const found = await windows(account);
    expect(found.map(({ limit }) => limit)).toEqual(['account day', 'account life', 'account month', 'key life']);
    for (const { spent, held } of found)
      expect({ spent, held }).toEqual({ spent: upstream.counters.totalTokens, held: 0 });

    // What is left goes to whoever comes next, in full, and then nothing is left.
    for (let left = least - upstream.counters.totalTokens; left > reserve.promptTokens;) {
      expect((await account.client.post(CHAT, chat())).status).toBe(200);
      left = least - upstream.counters.totalTokens;
      expect(left).toBeGreaterThanOrEqual(0);
    }
    expect((await account.client.post(CHAT, chat())).status).toBe(429);
  });

  it(`takes nothing from any limit for a call that one of them refuses (seed ${SEED})`, async () => {
    const { upstream } = gateway;
    const reserve = await reserveOfACall();
    const { account, least } = await limited(seededRandom(SEED), reserve.tokens);
    const fitting = Math.floor(least / reserve.tokens);
    const gate = upstream.gate();
    const answers = callAtOnce(account, 500);
    await gate.waiting(fitting);
    const refused = await Promise.all(Array.from({ length: 20 }, () => account.client.post(CHAT, chat())));
    expect(refused.map(({ status }) => status)).toEqual(Array(20).fill(429));
    for (const { held, holds } of await windows(account)) {
      expect({ held, holds }).toEqual({ held: fitting * reserve.tokens, holds: fitting * reserve.tokens });
    }
    gate.release();
    await answers;
    await gateway.balanced(account);
    for (const { held, spent, room } of await windows(account)) {
      expect(held).toBe(0);
      expect(spent).toBeLessThanOrEqual(room);
    }
  });
});
