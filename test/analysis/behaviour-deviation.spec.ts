import type { INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MisuseAnalysisService } from '../../src/modules/misuse/misuse-analysis.service.js';
import type { GuardIntent } from '../../src/modules/classification/intents.js';
import { LedgerReaderService } from '../../src/modules/usage/ledger/ledger-reader.service.js';
import type { OutboxItem } from '../../src/queue/outbox-job.js';
import { startAnalysis } from '../support/analysis-worker.js';
import { createDatabase, dropDatabase, queryDatabase } from '../support/databases.js';
import { settle } from '../support/settled-calls.js';
import { until } from '../support/until.js';
import { Books } from '../support/usage-books.js';
import { judgeAs } from '../support/judge-as.js';

jest.setTimeout(60_000);

const MINUTE_MS = 60_000;

let databaseUrl: string;
let books: Books;
let taskId: number;
const running: INestApplicationContext[] = [];

beforeEach(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  [{ id: taskId }] = await books.query<{ id: number }>(
    `INSERT INTO tasks (title, allowed_intents) VALUES ('Code', '{coding}') RETURNING id`,
  );
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
  await books.close();
  await dropDatabase(databaseUrl);
});

/** A worker for which a prompt is its verdict: `off_topic 0.9`. It takes nothing from the outbox by itself when `api`. */
async function start(
  role: 'api' | 'worker' = 'worker',
  environment: Parameters<typeof startAnalysis>[2] = {},
): Promise<INestApplicationContext> {
  const app = await startAnalysis(databaseUrl, { role }, environment);
  running.push(app);
  judgeAs(app, (text) => {
    const [guardIntent, confidence] = text.split(' ') as [GuardIntent, string];
    return {
      intent: 'other',
      guardIntent,
      confidence: Number(confidence),
      misuse: { score: 0, category: null, heads: { harm: 0, attack: 0 } },
    };
  });
  return app;
}

const outboxItems = () =>
  books.query<OutboxItem>(
    `SELECT id AS "outboxId", request_id AS "requestId", user_id AS "userId",
            to_char(admitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "admittedAt" FROM outbox`,
  );

const emptyOutbox = () => until('an empty outbox', async () => (await outboxItems()).length === 0);

async function count(table: string, condition = 'true'): Promise<number> {
  const [row] = await books.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE ${condition}`);
  return row.count;
}

it('20 off-topic requests analysed at once: the score is exactly their sum, one block, one alert', async () => {
  const workers = await Promise.all([start('api'), start('api'), start('api'), start('api')]);
  const userId = await books.account();
  await settle(
    databaseUrl,
    Array.from({ length: 20 }, () => ({ userId, taskId, prompt: 'off_topic 0.9' })),
  );
  const items = await outboxItems();
  // Each request is a batch of its own, delivered twice, to two of the workers.
  await Promise.all(
    items.flatMap((item, index) =>
      [0, 1].map((turn) =>
        workers[(index + turn) % workers.length].get(MisuseAnalysisService, { strict: false }).handle([item]),
      ),
    ),
  );
  const [state] = await books.query<{ score: number }>(
    `SELECT round(deviation_score::numeric, 2)::float8 AS score FROM misuse_states WHERE user_id = $1`,
    [userId],
  );
  expect(state.score).toBe(20);
  const rows = await books.query<{ delta: number; before: number; after: number }>(
    `SELECT deviation_delta AS delta, score_before AS before, score_after AS after FROM misuse_assessments ORDER BY score_after`,
  );
  expect(rows).toEqual(Array.from({ length: 20 }, (_, index) => ({ delta: 1, before: index, after: index + 1 })));
  expect(await count('misuse_cases', `user_id = ${userId} AND cause = 'deviation' AND enforced`)).toBe(1);
  expect(await count('misuse_events', `kind = 'case_opened'`)).toBe(1);
  expect(await books.query('SELECT alert_type, severity, occurrences FROM misuse_alerts')).toEqual([
    { alert_type: 'deviation_blocked', severity: 'critical', occurrences: 1 },
  ]);
  const [account] = await books.query<{ is_blocked: boolean; blocked_reason: string }>(
    'SELECT is_blocked, blocked_reason FROM users WHERE id = $1',
    [userId],
  );
  expect(account.is_blocked).toBe(true);
  expect(account.blocked_reason).toBe('Automatic block: deviation score 2 exceeded threshold 2');
});

it('shows what each request cost in the log', async () => {
  const worker = await start();
  const userId = await books.account();
  const begin = Date.now() - 5 * MINUTE_MS;
  const prompts = ['coding 0.9', 'research 0.9', 'testing 0.2', 'coding 0.9', 'unknown 0'];
  await settle(
    databaseUrl,
    prompts.map((prompt, index) => ({ userId, taskId, prompt, at: new Date(begin + index * 1_000) })),
  );
  await settle(databaseUrl, [{ userId, prompt: 'off_topic 0.9' }]);
  await emptyOutbox();
  const log = await worker.get(LedgerReaderService, { strict: false }).search({ userId: userId, limit: 10, skip: 0 });
  expect(log.map((row) => [row.deviation_score_delta, row.user_score_before, row.user_score_after]).reverse()).toEqual([
    [0, 0, 0],
    [0.3, 0, 0.3],
    [0.4, 0.3, 0.7],
    [0.5, 0.7, 1.2],
    [0.5, 1.2, 1.7],
    [null, null, null],
  ]);
});

it('never blocks for haste: only with a request outside of its task', async () => {
  await start();
  const userId = await books.account();
  await settle(
    databaseUrl,
    Array.from({ length: 60 }, () => ({ userId, taskId: 1, prompt: 'off_topic 0.9' })),
  );
  await emptyOutbox();
  expect(await count('misuse_states', 'deviation_score > 2')).toBe(1);
  expect(await count('users', 'is_blocked')).toBe(0);
});

it('decides, records and does nothing in shadow mode', async () => {
  await start('worker', { MISUSE_MODE: 'shadow' });
  const userId = await books.account();
  await settle(
    databaseUrl,
    Array.from({ length: 3 }, () => ({ userId, taskId, prompt: 'off_topic 0.9' })),
  );
  await emptyOutbox();
  expect(await count('misuse_cases', `NOT enforced AND cause = 'deviation'`)).toBe(1);
  expect(await count('misuse_alerts')).toBe(1);
  expect(await count('users', 'is_blocked')).toBe(0);
});

it('blocks by the case of shadow mode when the account goes on outside of its task while decisions are carried out', async () => {
  await start('worker', { MISUSE_MODE: 'shadow' });
  const userId = await books.account();
  const settled = async (prompt: string, calls: number) => {
    await settle(
      databaseUrl,
      Array.from({ length: calls }, () => ({ userId, taskId, prompt })),
    );
    await emptyOutbox();
  };
  await settled('off_topic 0.9', 3);
  await Promise.all(running.splice(0).map((app) => app.close()));
  await start();
  await settled('coding 0.9', 1);
  expect(await count('users', 'is_blocked')).toBe(0);
  await settled('off_topic 0.9', 1);
  const cases = await books.query(
    `SELECT c.enforced, u.is_blocked AS "isBlocked", jsonb_array_length(c.evidence) AS pieces,
            (SELECT count(DISTINCT item -> 'request_id')::int FROM jsonb_array_elements(c.evidence) item) AS requests
       FROM misuse_cases c JOIN users u ON u.case_id = c.id`,
  );
  expect(cases).toEqual([{ enforced: true, isBlocked: true, pieces: 4, requests: 4 }]);
  expect(await count('misuse_events', `kind = 'case_enforced'`)).toBe(1);
});

it('raises an alert on usage once, and counts at most once a minute that its cause came back', async () => {
  const worker = await start();
  const userId = await books.account();
  const use = async () => {
    await settle(databaseUrl, [{ userId, prompt: 'coding 0.9', tokens: 6_000 }]);
    await emptyOutbox();
  };
  for (let turn = 0; turn < 3; turn += 1) await use();
  const alerts = () =>
    worker.get(DataSource).query<unknown[]>('SELECT alert_type, severity, occurrences FROM misuse_alerts ORDER BY id');
  const large = { alert_type: 'large_request', severity: 'high', occurrences: 1 };
  expect(await alerts()).toEqual([large, { alert_type: 'rapid_usage', severity: 'medium', occurrences: 1 }]);
  await queryDatabase(databaseUrl, `UPDATE misuse_alerts SET last_seen_at = now() - interval '2 minutes'`);
  await use();
  expect(await alerts()).toEqual([large, { alert_type: 'rapid_usage', severity: 'medium', occurrences: 2 }]);
});
