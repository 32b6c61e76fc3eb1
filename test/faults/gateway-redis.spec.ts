import { Redis } from 'ioredis';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { END_CLAIMS } from '../support/outbox-claims.js';

jest.setTimeout(90_000);

const CALLS = 90;
const AT_ONCE = 10;
const ADOPTED_WITHIN_MS = 20_000;

/** Every write to an analysis column leaves a row here, so that a second one would show. */
const WATCH_ANALYSIS = `
  CREATE TABLE analysis_writes (request_id uuid NOT NULL);
  CREATE FUNCTION note_analysis() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO analysis_writes VALUES (NEW.request_id);
    RETURN NEW;
  END $$;
  CREATE TRIGGER note_analysis AFTER UPDATE OF analysed_at ON ledger FOR EACH ROW EXECUTE FUNCTION note_analysis();`;

let redis: RedisServer;
let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  redis = await RedisServer.start();
  await redis.kill();
  // Both find out at boot that the Redis they were told of is not there.
  gateway = await Gateway.start({ replicas: 2, env: { REDIS_URL: redis.url } });
  await gateway.books.query(WATCH_ANALYSIS);
  account = await gateway.account();
});
afterAll(async () => {
  await gateway.stop();
  await redis.stop();
});

/** Calls on both servers, a few at once; `trouble` begins when a third of them is through. */
async function callWhile(trouble: () => unknown): Promise<void> {
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < CALLS) {
      started += 1;
      if (started === CALLS / 3) await trouble();
      const client = gateway.client(started % 2).bearer(account.key);
      expect((await client.post(CHAT, chat({ stream: started % 3 === 0 }))).status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function count(table: string): Promise<number> {
  const [row] = await gateway.books.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row?.count ?? 0;
}

async function expectEveryCallAnalysedOnce(): Promise<void> {
  await until('an empty outbox', async () => (await count('outbox')) === 0, { timeoutMs: 30_000, intervalMs: 50 });
  const calls = gateway.upstream.counters.completed;
  expect(await count('ledger')).toBe(calls);
  expect(await count('ledger WHERE analysed_at IS NOT NULL AND intent IS NOT NULL')).toBe(calls);
  expect(await count('analysis_writes')).toBe(calls);
  expect(await count('(SELECT FROM analysis_writes GROUP BY request_id) AS each')).toBe(calls);
  expect(await gateway.balanced(account)).toBe(gateway.upstream.counters.totalTokens);
}

async function cacheIs(state: boolean): Promise<void> {
  for (const server of [0, 1]) {
    const seen = async (): Promise<boolean> => {
      const { body } = await gateway.client(server).get<{ cache: boolean }>('/health');
      return body.cache === state;
    };
    await until(`Redis to be known as ${state ? 'up' : 'down'}`, seen, {
      timeoutMs: ADOPTED_WITHIN_MS,
      intervalMs: 100,
    });
  }
}

it('serves and analyses without the Redis that it was told of, and adopts it when it comes up', async () => {
  await callWhile(() => undefined);
  await expectEveryCallAnalysedOnce();
  await redis.restart();
  await cacheIs(true);
  await callWhile(() => undefined);
  await expectEveryCallAnalysedOnce();
});

it('goes on without loss while Redis is killed, and when it is back', async () => {
  await cacheIs(true);
  await callWhile(() => redis.kill());
  await expectEveryCallAnalysedOnce();
  await redis.restart();
  await cacheIs(true);
});

it('goes on without loss while Redis is frozen, and after it thaws', async () => {
  await cacheIs(true);
  await callWhile(() => redis.freeze());
  await expectEveryCallAnalysedOnce();
  redis.thaw();
  await cacheIs(true);
  await callWhile(() => undefined);
  await expectEveryCallAnalysedOnce();
});

it('analyses again what a flushed Redis has forgotten', async () => {
  await cacheIs(true);
  const client = new Redis(redis.port, '127.0.0.1');
  const flushing = setInterval(() => void client.flushall(), 5);
  await callWhile(() => undefined);
  clearInterval(flushing);
  client.disconnect();
  // Otherwise the test would wait half a minute for the claims on the forgotten rows to run out.
  await gateway.books.query(END_CLAIMS);
  await expectEveryCallAnalysedOnce();
});
