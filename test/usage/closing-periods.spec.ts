import { getQueueToken } from '@nestjs/bull';
import type { INestApplicationContext } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Queue } from 'bull';
import { Config } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { Environment } from '../../src/config/environment.js';
import { createDataSource } from '../../src/database/data-source.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { PeriodClosingService } from '../../src/modules/usage/periods/period-closing.service.js';
import { PeriodUpkeep } from '../../src/modules/usage/periods/period-upkeep.service.js';
import { UpkeepRuns } from '../../src/modules/usage/periods/upkeep-runs.repository.js';
import { RetentionTurns } from '../../src/modules/usage/retention/retention-turns.service.js';
import { RetentionService } from '../../src/modules/usage/retention/retention.service.js';
import { UpkeepModule } from '../../src/modules/usage/upkeep.module.js';
import { AbsentJobQueue } from '../../src/queue/absent-job-queue.js';
import { JobQueue } from '../../src/queue/job-queue.js';
import { OUTBOX_QUEUE } from '../../src/queue/outbox-job.js';
import { QueueModule } from '../../src/queue/queue.module.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { GatehouseProcess } from '../support/gatehouse-process.js';
import { AlertWorker } from '../support/money-watch.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { Books } from '../support/usage-books.js';

jest.setTimeout(180_000);

const REPLICAS = 3;
const EVERY_MS = 500;
const WITHIN = { timeoutMs: 60_000, intervalMs: 100 };

@Module({})
class UpkeepOnlyModule {}

let databaseUrl: string;
let books: Books;
let replicas: INestApplicationContext[] = [];

/** Every statement leaves a row here, as does every turn that somebody took. */
const WATCH = `
  CREATE TABLE closings (user_id int, period int, starts_at timestamptz, generation int);
  CREATE FUNCTION note_closing() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO closings VALUES (NEW.user_id, NEW.period, NEW.starts_at, NEW.generation);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_closing AFTER INSERT OR UPDATE ON period_statements FOR EACH ROW EXECUTE FUNCTION note_closing();
  CREATE TABLE turns (at timestamptz NOT NULL);
  CREATE FUNCTION note_turn() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO turns VALUES (NEW.last_run_at);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_turn AFTER UPDATE ON upkeep_runs FOR EACH ROW WHEN (NEW.name = 'close_periods') EXECUTE FUNCTION note_turn();`;

beforeEach(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  await books.query(WATCH);
});

afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  replicas = [];
  await books.close();
  await dropDatabase(databaseUrl);
});

/** Workers that are only there to close periods. */
async function startReplicas(redisUrl?: string): Promise<void> {
  replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () => {
      const queue = { role: 'worker', redisUrl } as const;
      const config = new Config(new Environment(), { databaseUrl, redisUrl }, 'a-secret-of-the-tests');
      const imports = [
        ConfigModule.register(config),
        DatabaseModule,
        QueueModule.register(queue),
        UpkeepModule.register(queue, EVERY_MS),
      ];
      return NestFactory.createApplicationContext({ module: UpkeepOnlyModule, imports }, { logger: false });
    }),
  );
}

/** Windows of some accounts for each of the last days and months; resolves with how many have to be closed. */
async function pastWindows(accounts: number, days: number, months: number): Promise<number> {
  const users = await Promise.all(Array.from({ length: accounts }, () => books.account()));
  const [{ count }] = await books.query<{ count: number }>(
    `WITH made AS (
       INSERT INTO quota_windows (user_id, subject, subject_id, period, starts_at, ends_at, generation, requests, spent_tokens)
       SELECT u, 1, 0, 1, d, d + interval '1 day', g, 2, 10 * g + 5
         FROM unnest($1::int[]) u,
              generate_series(date_trunc('day', now(), 'UTC') - $2 * interval '1 day',
                              date_trunc('day', now(), 'UTC') - interval '1 day', interval '1 day') d,
              generate_series(0, 1) g
       UNION ALL
       SELECT u, 1, 0, 2, d, d + interval '1 month', 0, 2, 15
         FROM unnest($1::int[]) u,
              generate_series(date_trunc('month', now(), 'UTC') - $3 * interval '1 month',
                              date_trunc('month', now(), 'UTC') - interval '1 month', interval '1 month') d
       RETURNING 1)
     SELECT count(*)::int AS count FROM made`,
    [users, days, months],
  );
  return count;
}

async function closings(): Promise<number> {
  const [{ count }] = await books.query<{ count: number }>('SELECT count(*)::int AS count FROM closings');
  return count;
}

async function expectAllClosedOnce(periods: number): Promise<void> {
  await until(`${periods} statements`, async () => (await closings()) >= periods, WITHIN);
  const [row] = await books.query<{ statements: number; closings: number; differing: number }>(
    `SELECT (SELECT count(*)::int FROM period_statements) AS statements, (SELECT count(*)::int FROM closings) AS closings,
            (SELECT count(*)::int FROM quota_windows w LEFT JOIN period_statements s USING (user_id, period, starts_at, generation)
              WHERE w.ends_at <= now()
                AND (s.requests, s.tokens) IS DISTINCT FROM (w.requests, w.spent_tokens)) AS differing`,
  );
  expect(row).toEqual({ statements: periods, closings: periods, differing: 0 });
}

/** Waits until this many more turns were taken; resolves with the shortest time between two of them, in milliseconds. */
async function turns(wanted: number): Promise<number> {
  await books.query('DELETE FROM turns');
  const taken = () => books.query<{ at: Date }>('SELECT at FROM turns ORDER BY at');
  await until(`${wanted} turns`, async () => (await taken()).length >= wanted, WITHIN);
  const times = (await taken()).map(({ at }) => at.getTime());
  return Math.min(...times.slice(1).map((time, index) => time - times[index]));
}

/** Waits until Bull has handed a turn to somebody, and checks that it knows the job once only. */
async function untilBullHandsOut(): Promise<void> {
  const runs = replicas.map((replica) => jest.spyOn(replica.get(PeriodUpkeep, { strict: false }), 'run'));
  await until('a turn from Bull', () => runs.some((run) => run.mock.calls.length > 0), WITHIN);
  const queue = replicas[0].get<Queue>(getQueueToken(OUTBOX_QUEUE), { strict: false });
  expect((await queue.getRepeatableJobs()).map(({ name }) => name)).toEqual(['upkeep']);
  for (const run of runs) run.mockRestore();
}

const isUp = () => replicas.every((replica) => replica.get(JobQueue).isUp());

it('closes each period once after days without anybody, by three replicas without Redis', async () => {
  const periods = await pastWindows(20, 4, 2);
  await startReplicas();
  await expectAllClosedOnce(periods);
  expect(await turns(3)).toBeGreaterThanOrEqual(EVERY_MS * 0.7);
  await expectAllClosedOnce(periods);
});

it('closes each period once as a job of Bull, and goes on by itself while Redis is away, hangs, or has forgotten it', async () => {
  const redis = await RedisServer.start();
  try {
    let periods = await pastWindows(20, 4, 2);
    await startReplicas(redis.url);
    await expectAllClosedOnce(periods);
    await until('Redis adopted', isUp, WITHIN);
    await untilBullHandsOut();
    expect(await turns(3)).toBeGreaterThanOrEqual(EVERY_MS * 0.7);

    await redis.kill();
    periods += await pastWindows(5, 2, 1);
    await expectAllClosedOnce(periods);
    await turns(2);

    await redis.restart();
    await until('Redis adopted again', isUp, WITHIN);
    await untilBullHandsOut();
    periods += await pastWindows(5, 2, 1);
    await expectAllClosedOnce(periods);
    expect(await turns(3)).toBeGreaterThanOrEqual(EVERY_MS * 0.7);

    redis.freeze();
    periods += await pastWindows(5, 2, 1);
    await expectAllClosedOnce(periods);
    redis.thaw();
    await until('Redis adopted a third time', isUp, WITHIN);
    await turns(2);
  } finally {
    await redis.stop();
  }
});

it('goes on while a Redis that is thought to be up takes the job and never says so', async () => {
  class SilentQueue extends AbsentJobQueue {
    override isUp = () => true;
    override repeat = () => new Promise<void>(() => undefined);
  }
  const periods = await pastWindows(5, 2, 1);
  const dataSource = await createDataSource(databaseUrl).initialize();
  const runs = new UpkeepRuns(dataSource);
  const config = new Config(new Environment(), { databaseUrl, redisUrl: undefined }, 'a-secret-of-the-tests');
  const alerts = new AlertWorker(dataSource);
  const retention = new RetentionTurns(new RetentionService(dataSource, config), runs, alerts.alerts);
  const closing = new PeriodClosingService(dataSource);
  const options = { enabled: true, everyMs: EVERY_MS };
  const upkeep = new PeriodUpkeep(runs, new SilentQueue(), closing, retention, options);
  upkeep.onApplicationBootstrap();
  try {
    await expectAllClosedOnce(periods);
    await turns(2);
  } finally {
    await upkeep.onModuleDestroy();
    await alerts.close();
    await dataSource.destroy();
  }
});

it('closes what is over when three servers start after a downtime, and none of them minds losing its Redis', async () => {
  const redis = await RedisServer.start();
  const periods = await pastWindows(30, 3, 2);
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url };
  const servers = await Promise.all(Array.from({ length: REPLICAS }, () => GatehouseProcess.start({ env })));
  try {
    await expectAllClosedOnce(periods);
    await redis.kill();
    const noticed = () => servers.every((server) => server.output().includes('Redis does not answer'));
    await until('every server to notice', noticed, WITHIN);
    await redis.restart();
    const adopted = () => servers.every((server) => (server.output().match(/Redis answers/g) ?? []).length >= 2);
    await until('every server to see Redis again', adopted, WITHIN);
    expect(servers.map(({ running }) => running)).toEqual([true, true, true]);
    await expectAllClosedOnce(periods);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await redis.stop();
  }
});
