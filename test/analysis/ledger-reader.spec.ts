import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { LedgerReaderService } from '../../src/modules/usage/ledger/ledger-reader.service.js';
import { createDatabase, dropDatabase } from '../support/databases.js';

let databaseUrl: string;
let dataSource: DataSource;
let reader: LedgerReaderService;

const requestId = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** Ten calls, one a minute, of the accounts 1 and 2 in turn; two share their time; contents for the even ones. */
beforeAll(async () => {
  databaseUrl = await createDatabase();
  dataSource = await createDataSource(databaseUrl).initialize();
  reader = new LedgerReaderService(dataSource);
  await dataSource.query(`
    INSERT INTO ledger (user_id, request_id, admitted_at, endpoint, model, provider, upstream_model, status, usage_source,
      prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd, window_ids, streamed,
      http_status, error_code, latency_ms)
    SELECT 1 + n % 2, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
      timestamptz '2026-11-30 23:55:00Z' + least(n, 9) * interval '1 minute', '/v1/chat/completions', 'm', 'simulator', 'm',
      CASE n WHEN 3 THEN 'orphaned' ELSE 'completed' END, CASE n WHEN 3 THEN 'lease_expired' ELSE 'upstream' END,
      n, 100, 0, 0, 9007199254740, '{}', false, 200, CASE n WHEN 3 THEN 'interrupted' END, 40
    FROM generate_series(1, 10) n`);
  await dataSource.query(`
    INSERT INTO request_contents (user_id, request_id, admitted_at, prompt_text, completion_text)
    SELECT user_id, request_id, admitted_at, repeat('p', 20000), 'answer' FROM ledger WHERE prompt_tokens % 2 = 0`);
  await dataSource.query(`
    UPDATE ledger SET intent = 'debugging', guard_intent = 'coding', confidence = 0.75, analysed_at = now()
    WHERE prompt_tokens = 10`);
});

afterAll(async () => {
  await dataSource.destroy();
  await dropDatabase(databaseUrl);
});

it('lists the calls of all accounts, newest first, ties by request id', async () => {
  const entries = await reader.search({ limit: 100, skip: 0 });
  expect(entries.map((entry) => entry.id)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(requestId));
});

it('pages without gaps and repeats', async () => {
  const pages = await Promise.all([0, 4, 8].map((skip) => reader.search({ limit: 4, skip })));
  expect(pages.flat().map((entry) => entry.id)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(requestId));
});

it('shows an account its own calls only', async () => {
  const entries = await reader.search({ userId: 2, limit: 3, skip: 1 });
  expect(entries.map((entry) => [entry.user_id, entry.id])).toEqual([7, 5, 3].map((n) => [2, requestId(n)]));
  expect(await reader.search({ userId: 77, limit: 10, skip: 0 })).toEqual([]);
});

it('has the documented shape, long texts cut', async () => {
  const [entry] = await reader.search({ limit: 1, skip: 0 });
  expect(entry).toEqual({
    id: requestId(10),
    request_id: requestId(10),
    user_id: 1,
    task_id: null,
    model: 'm',
    provider: 'simulator',
    upstream_model: 'm',
    endpoint: '/v1/chat/completions',
    prompt: 'p'.repeat(10_000),
    response: 'answer',
    intent_classification: 'coding',
    intent: 'debugging',
    confidence_score: 0.75,
    deviation_score_delta: null,
    user_score_before: null,
    user_score_after: null,
    openai_tokens_used: 110,
    prompt_tokens: 10,
    completion_tokens: 100,
    usage_source: 'upstream',
    cost_nano_usd: 9_007_199_254_740,
    response_time_ms: 40,
    status: 'completed',
    error_message: null,
    timestamp: new Date('2026-12-01T00:04:00Z'),
  });
});

it('includes orphans, and calls without contents or analysis', async () => {
  const entries = await reader.search({ limit: 100, skip: 0 });
  expect(entries.find((entry) => entry.id === requestId(3))).toMatchObject({
    status: 'orphaned',
    usage_source: 'lease_expired',
    error_message: 'interrupted',
    prompt: null,
    response: null,
    intent: null,
    intent_classification: null,
    confidence_score: null,
  });
});

it.each([
  [{ limit: 0, skip: 0 }, 'limit'],
  [{ limit: 1001, skip: 0 }, 'limit'],
  [{ limit: 1.5, skip: 0 }, 'limit'],
  [{ limit: NaN, skip: 0 }, 'limit'],
  [{ limit: 1, skip: -1 }, 'skip'],
  [{ limit: 1, skip: 0.5 }, 'skip'],
])('refuses %j, naming %s', async (page, param) => {
  await expect(reader.search(page)).rejects.toMatchObject({ kind: 'invalid_request', details: { param } });
});
