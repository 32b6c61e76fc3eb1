import { Client } from 'pg';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { GatehouseProcess } from '../support/gatehouse-process.js';
import { END_CLAIMS } from '../support/outbox-claims.js';
import { RedisServer } from '../support/redis-server.js';
import { settle } from '../support/settled-calls.js';
import { until } from '../support/until.js';
import { Books } from '../support/usage-books.js';

jest.setTimeout(150_000);

const CALLS = 400;
const ACCOUNTS = 4;

let databaseUrl: string;
let books: Books;
let redis: RedisServer;
let workers: GatehouseProcess[];

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  redis = await RedisServer.start();
  const env = {
    ROLE: 'worker',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    JWT_SECRET_KEY: 'a-jwt-secret-of-the-tests-0123456789-abcdefgh',
    ADMIN_PASSWORD: 'a-password-of-the-tests',
  };
  workers = [await GatehouseProcess.start({ env }), await GatehouseProcess.start({ env })];
});

afterAll(async () => {
  await Promise.all(workers.filter(({ running }) => running).map((worker) => worker.stop()));
  await redis.stop();
  await books.close();
  await dropDatabase(databaseUrl);
});

async function count(from: string): Promise<number> {
  const [row] = await books.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`);
  return row.count;
}

/** Backends that wait for a lock in the middle of an analysis. */
const WAITING = `pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
  AND query LIKE '%misuse_states%'`;

it('analyses every request exactly once through Bull, though one of two workers is killed in the middle of a job', async () => {
  const accounts = await Promise.all(Array.from({ length: ACCOUNTS }, () => books.account()));
  await books.query('INSERT INTO misuse_states (user_id) SELECT * FROM unnest($1::int[])', [accounts]);
  await books.query(`
    CREATE TABLE analysis_writes (request_id uuid NOT NULL);
    CREATE FUNCTION note_analysis() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO analysis_writes VALUES (NEW.request_id);
      RETURN NEW;
    END $$;
    CREATE TRIGGER note_analysis AFTER UPDATE OF intent ON ledger FOR EACH ROW EXECUTE FUNCTION note_analysis();`);

  const holder = new Client({ connectionString: databaseUrl });
  await holder.connect();
  await holder.query('BEGIN; SELECT 1 FROM misuse_states FOR UPDATE');
  await settle(
    databaseUrl,
    Array.from({ length: CALLS }, (_, index) => ({
      userId: accounts[index % ACCOUNTS],
      prompt: `Write a Python function that adds ${index} and two`,
    })),
  );
  // More jobs at once than one worker takes: each of the two has one.
  await until('jobs in the middle on both workers', async () => (await count(WAITING)) >= 3, {
    timeoutMs: 30_000,
  });
  await workers[0].kill();
  await holder.query('ROLLBACK');
  await holder.end();

  const isEmpty = async (): Promise<boolean> => {
    await books.query(END_CLAIMS);
    return (await count('outbox')) === 0;
  };
  await until('an empty outbox', isEmpty, { timeoutMs: 100_000, intervalMs: 1_000 });
  expect(await count('misuse_assessments')).toBe(CALLS);
  expect(await count('analysis_writes')).toBe(CALLS);
  expect(await count('(SELECT request_id FROM analysis_writes GROUP BY 1 HAVING count(*) > 1) AS twice')).toBe(0);
  expect(await count(`ledger WHERE analysed_at IS NULL`)).toBe(0);
  const [{ prompts }] = await books.query<{ prompts: number }>(
    `SELECT sum((state ->> 'ordinaryPrompts')::float8) AS prompts FROM misuse_states`,
  );
  expect(prompts).toBeCloseTo(CALLS, 1);
});
