import { randomUUID } from 'node:crypto';
import { getQueueToken } from '@nestjs/bull';
import type { INestApplicationContext } from '@nestjs/common';
import type { Queue } from 'bull';
import { classifyPrompt } from '../../src/modules/classification/prompt-classifier.js';
import { JobQueue } from '../../src/queue/job-queue.js';
import { CALL_SETTLED, OUTBOX_QUEUE } from '../../src/queue/outbox-job.js';
import type { QueueOptions } from '../../src/queue/queue-options.js';
import { startAnalysis } from '../support/analysis-worker.js';
import { createDatabase, dropDatabase, queryDatabase } from '../support/databases.js';
import { END_CLAIMS } from '../support/outbox-claims.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

jest.setTimeout(180_000);

const PATIENCE = { timeoutMs: 60_000, intervalMs: 25 };

interface Analysed {
  intent: string;
  guard_intent: string;
  confidence: number;
}

const PROMPT = 'Write a Python function that adds two numbers';

let databaseUrl: string;
const running = new Set<INestApplicationContext>();

/** One process's share of the analysis: outbox, Bull where there is a Redis, and the handler. */
async function startWorker(options: Partial<QueueOptions> = {}): Promise<INestApplicationContext> {
  const app = await startAnalysis(databaseUrl, options);
  running.add(app);
  return app;
}

async function stopWorker(app: INestApplicationContext): Promise<void> {
  running.delete(app);
  await app.close();
}

const bullOf = (app: INestApplicationContext): Queue => app.get<Queue>(getQueueToken(OUTBOX_QUEUE), { strict: false });

const redisIsUp = (app: INestApplicationContext) => () => app.get(JobQueue).isUp();

/** Writes `count` settled calls as settlement does: ledger row, contents and outbox row in one transaction. */
async function settleCalls(count: number, prompt: string | null = PROMPT): Promise<void> {
  await queryDatabase(
    databaseUrl,
    `WITH call AS (
       SELECT gen_random_uuid() AS request_id, clock_timestamp() AS admitted_at FROM generate_series(1, $1::int)
     ), billed AS (
       INSERT INTO ledger (user_id, request_id, admitted_at, endpoint, model, provider, upstream_model, status,
         usage_source, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd,
         window_ids, streamed, http_status, latency_ms)
       SELECT 1, request_id, admitted_at, '/v1/chat/completions', 'm', 'simulator', 'm', 'completed', 'upstream',
         1, 1, 0, 0, 0, '{}', false, 200, 1
       FROM call
     ), kept AS (
       INSERT INTO request_contents (user_id, request_id, admitted_at, prompt_text, completion_text)
       SELECT 1, request_id, admitted_at, $2::text, 'done' FROM call WHERE $2::text IS NOT NULL
     )
     INSERT INTO outbox (topic, user_id, request_id, admitted_at)
     SELECT $3, 1, request_id, admitted_at FROM call`,
    [count, prompt, CALL_SETTLED],
  );
}

async function count(table: string, condition = 'true'): Promise<number> {
  const rows = await queryDatabase<{ count: number }>(
    databaseUrl,
    `SELECT count(*)::int AS count FROM ${table} WHERE ${condition}`,
  );
  return rows[0].count;
}

/** Waits until the outbox is empty, then checks that each of `calls` was written exactly once. */
async function expectEachAnalysedOnce(calls: number): Promise<void> {
  await until('an empty outbox', async () => (await count('outbox')) === 0, PATIENCE);
  expect(await count('ledger', 'analysed_at IS NOT NULL')).toBe(calls);
  expect(await count('analysis_writes')).toBe(calls);
  expect(await count('(SELECT request_id FROM analysis_writes GROUP BY 1 HAVING count(*) > 1) AS twice')).toBe(0);
}

/** Every write to an analysis column leaves a row here, so that a second one would show. */
const WATCH_WRITES = `
  CREATE TABLE analysis_writes (request_id uuid NOT NULL);
  CREATE FUNCTION note_analysis() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO analysis_writes VALUES (NEW.request_id);
    RETURN NEW;
  END $$;
  CREATE TRIGGER note_analysis AFTER UPDATE OF intent ON ledger FOR EACH ROW EXECUTE FUNCTION note_analysis();`;

beforeEach(async () => {
  databaseUrl = await createDatabase();
  await queryDatabase(databaseUrl, WATCH_WRITES);
});

afterEach(async () => {
  await Promise.all([...running].map(stopWorker));
  await dropDatabase(databaseUrl);
});

describe('without Redis', () => {
  it('analyses every call in-process and writes intent, mapping and confidence', async () => {
    await startWorker();
    await settleCalls(250);
    await expectEachAnalysedOnce(250);
    const [row] = await queryDatabase<Analysed>(
      databaseUrl,
      'SELECT intent, guard_intent, confidence FROM ledger LIMIT 1',
    );
    const { confidence } = classifyPrompt(PROMPT);
    expect(confidence).toBeGreaterThan(0.5);
    expect(row).toEqual({
      intent: 'coding',
      guard_intent: 'coding',
      confidence: expect.closeTo(confidence, 5) as number,
    });
  });

  it('marks calls whose content was not kept as unknown', async () => {
    await startWorker();
    await settleCalls(3, null);
    await expectEachAnalysedOnce(3);
    expect(await count('ledger', `intent = 'unknown' AND guard_intent = 'unknown' AND confidence = 0`)).toBe(3);
  });

  it('shares the work between two workers', async () => {
    await settleCalls(1_500);
    await Promise.all([startWorker({ role: 'worker' }), startWorker()]);
    await expectEachAnalysedOnce(1_500);
  });

  it('leaves the outbox alone in an api process', async () => {
    const api = await startWorker({ role: 'api' });
    await settleCalls(5);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await count('outbox', 'claimed_until IS NULL')).toBe(5);
    await stopWorker(api);
  });

  it('handles again what a worker that died had claimed', async () => {
    await settleCalls(20);
    await queryDatabase(databaseUrl, `UPDATE outbox SET claimed_until = now() + interval '1 second'`);
    await startWorker();
    await expectEachAnalysedOnce(20);
  });

  it('tries a bad row again alone, parks it in the end, and lets the others of its batch through', async () => {
    await settleCalls(30);
    await queryDatabase(
      databaseUrl,
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF NEW.request_id = (SELECT min(request_id::text)::uuid FROM ledger) THEN RAISE EXCEPTION 'bad row'; END IF;
         RETURN NEW;
       END $$;
       CREATE TRIGGER refuse BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION refuse();`,
    );
    await startWorker();
    await until('only the bad row left', async () => (await count('outbox')) === 1, PATIENCE);
    await queryDatabase(databaseUrl, 'UPDATE outbox SET attempts = 9, available_at = now()');
    await until('a parked row', async () => (await count('outbox', 'attempts = 10')) === 1, PATIENCE);
    expect(await count('outbox', `last_error LIKE '%bad row%' AND claimed_until IS NULL`)).toBe(1);
    expect(await count('analysis_writes')).toBe(29);
  });
});

describe('with Redis', () => {
  let redis: RedisServer;

  beforeEach(async () => {
    redis = await RedisServer.start();
  });

  afterEach(() => redis.stop());

  it('analyses every call once through Bull, with two workers', async () => {
    const workers = await Promise.all([startWorker({ redisUrl: redis.url }), startWorker({ redisUrl: redis.url })]);
    for (const worker of workers) await until('Redis adopted', redisIsUp(worker), PATIENCE);
    await settleCalls(1_000);
    await expectEachAnalysedOnce(1_000);
    // On a machine so busy that Redis is slow to answer, the rest of the ten batches is handled in-process.
    expect(await bullOf(workers[0]).getCompletedCount()).toBeGreaterThanOrEqual(5);
  });

  /**
   * Settles calls whose batches reach Bull, where nobody takes them for now. The pause is Redis' own, since one of the
   * worker would reopen Bull's blocking connection; it goes with the data when Redis is killed or flushed.
   */
  async function settleCallsThatWaitInBull(worker: INestApplicationContext, calls: number): Promise<void> {
    await bullOf(worker).pause();
    await settleCalls(calls);
    await until('a waiting job', async () => (await bullOf(worker).getWaitingCount()) > 0, PATIENCE);
    await until('claimed rows', async () => (await count('outbox', 'claimed_until > now()')) === calls, PATIENCE);
  }

  it('goes on without loss while Redis is killed and comes back', async () => {
    const worker = await startWorker({ redisUrl: redis.url });
    await until('Redis adopted', redisIsUp(worker), PATIENCE);
    await settleCallsThatWaitInBull(worker, 90);
    await redis.kill();
    await settleCalls(300);
    await expectEachAnalysedOnce(390);
    await redis.restart();
    await until('Redis adopted again', redisIsUp(worker), PATIENCE);
    await settleCalls(300);
    await expectEachAnalysedOnce(690);
  });

  it('goes on in-process while Redis is frozen, and through Bull after it thaws', async () => {
    const worker = await startWorker({ redisUrl: redis.url });
    await until('Redis adopted', redisIsUp(worker), PATIENCE);
    redis.freeze();
    await settleCalls(200);
    await expectEachAnalysedOnce(200);
    redis.thaw();
    await until('Redis adopted again', redisIsUp(worker), PATIENCE);
    await settleCalls(200);
    await expectEachAnalysedOnce(400);
  });

  it('handles again what a flushed Redis has forgotten', async () => {
    const worker = await startWorker({ redisUrl: redis.url });
    await until('Redis adopted', redisIsUp(worker), PATIENCE);
    await settleCallsThatWaitInBull(worker, 90);
    await bullOf(worker).client.flushall();
    await queryDatabase(databaseUrl, END_CLAIMS);
    await expectEachAnalysedOnce(90);
  });

  it('boots without the Redis that it was told of, and adopts it when it comes', async () => {
    await redis.kill();
    const worker = await startWorker({ redisUrl: redis.url });
    await settleCalls(50);
    await expectEachAnalysedOnce(50);
    await redis.restart();
    await until('Redis adopted', redisIsUp(worker), PATIENCE);
    await settleCalls(50);
    await expectEachAnalysedOnce(100);
  });

  it('stops in time, and rejects nothing unheard, while Redis is dead or frozen', async () => {
    const unheard: unknown[] = [];
    const note = (reason: unknown): number => unheard.push(reason);
    process.on('unhandledRejection', note);
    try {
      const frozen = await startWorker({ redisUrl: redis.url });
      await until('Redis adopted', redisIsUp(frozen), PATIENCE);
      redis.freeze();
      await stopWorker(frozen);
      await redis.kill();
      await stopWorker(await startWorker({ redisUrl: redis.url }));
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});

it('delivers the same batch twice without a second analysis', async () => {
  const { MisuseAnalysisService } = await import('../../src/modules/misuse/misuse-analysis.service.js');
  const api = await startWorker({ role: 'api' });
  await settleCalls(10);
  const items = await queryDatabase<{ outboxId: string; requestId: string; userId: number; admittedAt: string }>(
    databaseUrl,
    `SELECT id AS "outboxId", request_id AS "requestId", user_id AS "userId", admitted_at::text AS "admittedAt" FROM outbox`,
  );
  const analysis = api.get(MisuseAnalysisService, { strict: false });
  await Promise.all([analysis.handle(items), analysis.handle([...items].reverse())]);
  await analysis.handle(items);
  await analysis.handle([{ ...items[0], requestId: randomUUID() }]);
  await expectEachAnalysedOnce(10);
});
