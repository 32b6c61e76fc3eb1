import { ChaosProxy } from '../support/chaos-proxy.js';
import { Gateway } from '../support/gateway.js';
import { enterPastCalls } from '../support/past-calls.js';

jest.setTimeout(120_000);

/** Between server and database: it counts what the server reads. */
let database: ChaosProxy;
let gateway: Gateway;

/** The way to the run's Postgres, which listens on a Unix socket, leads through the proxy. */
async function throughProxy(databaseUrl: string): Promise<string> {
  const { username, hostname, port, pathname } = new URL(databaseUrl);
  database = await ChaosProxy.start({ path: `${decodeURIComponent(hostname)}/.s.PGSQL.${port}` });
  return `postgresql://${username}@${database.host}:${database.port}${pathname}`;
}

beforeAll(async () => {
  gateway = await Gateway.start({ reachDatabase: throughProxy });
});

afterAll(async () => {
  await gateway.stop();
  await database.stop();
});

async function download(query: string): Promise<{ text: string; type: string; disposition: string }> {
  const admin = await gateway.admin();
  const { status, headers, body } = await admin.get<string>(`/api/v1/admin/export/usage?${query}`);
  expect(status).toBe(200);
  return {
    text: typeof body === 'string' ? body : JSON.stringify(body),
    type: String(headers['content-type']),
    disposition: String(headers['content-disposition']),
  };
}

const DAY = '2026-03-05';

it('exports every call of the time asked for, oldest first, with corrections beside it', async () => {
  const { id } = await gateway.account();
  const ids = await enterPastCalls(gateway.books, [
    { userId: id, at: `${DAY}T10:00:00.000Z`, costNanoUsd: 7 },
    { userId: id, at: `${DAY}T10:00:00.000Z` },
    { userId: id, at: `${DAY}T09:00:00.000Z`, model: 'a,"b"' },
    { userId: id, at: '2026-03-06T00:00:00.000Z' },
  ]);
  await gateway.books.query(
    `INSERT INTO ledger_corrections (user_id, request_id, kind, prompt_tokens, completion_tokens, cost_nano_usd, window_ids)
     VALUES ($1, $2, 'late_usage', 1, -2, -3, '{}')`,
    [id, ids[0]],
  );
  const { text, type, disposition } = await download(`from=${DAY}&to=2026-03-06`);
  expect([type, disposition]).toEqual(['text/csv; charset=utf-8', 'attachment; filename="usage.csv"']);
  const [header, first, ...rest] = text.trimEnd().split('\r\n');
  expect(header).toMatch(/^request_id,timestamp,user_id,/);
  expect(first).toContain(`${ids[2]},${DAY}T09:00:00.000Z,${id},,,/v1/chat/completions,"a,""b""",openai,`);
  expect(rest.map((line) => line.slice(0, 36)).sort()).toEqual([ids[0], ids[1]].sort());
  expect(rest.find((line) => line.startsWith(ids[0]))).toContain(',7,1,-2,-3,test,');
});

it('never lets a cell begin like a formula', async () => {
  const { id } = await gateway.account();
  const models = ['=1+1', '+1', '-1', '@x', '\tx'];
  await enterPastCalls(
    gateway.books,
    models.map((model, index) => ({ userId: id, at: `2026-04-01T00:00:0${index}.000Z`, model })),
  );
  const { text } = await download(`user_id=${id}`);
  for (const model of models) expect(text).toContain(`,'${model},`);
  expect(text).not.toMatch(/(^|,)"?[=+@\t]/m);
});

it('exports JSON lines', async () => {
  const { id } = await gateway.account();
  const [first] = await enterPastCalls(gateway.books, [{ userId: id, at: '2026-04-02T00:00:00.000Z', model: '=x' }]);
  const admin = await gateway.admin();
  const { headers, body } = await admin.get<unknown>(`/api/v1/admin/export/usage?format=ndjson&user_id=${id}`);
  expect(headers['content-type']).toBe('application/x-ndjson');
  const line = typeof body === 'string' ? (JSON.parse(body) as unknown) : body;
  expect(line).toMatchObject({
    request_id: first,
    model: '=x',
    cost_nano_usd: 1000,
    timestamp: '2026-04-02T00:00:00.000Z',
  });
  expect((await admin.get('/api/v1/admin/export/usage?format=xml')).status).toBe(422);
});

describe('a long export', () => {
  /** Pages hold a thousand rows. Three calls at a time share their millisecond, so that pages end between such. */
  const ROWS = 20_000;
  /** Rows so wide that the buffers between server and client cannot swallow most of the file. */
  const WIDE = 4_000;
  const QUERY = 'from=2026-05-01&to=2026-05-02';

  beforeAll(async () => {
    const { id } = await gateway.account();
    await gateway.books.query(
      `INSERT INTO ledger (user_id, request_id, admitted_at, endpoint, model, provider, upstream_model, status, usage_source,
         prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd, window_ids, streamed,
         http_status, latency_ms)
       SELECT $1, id, gatehouse_request_time(id), '/v1/chat/completions', 'm', 'openai', repeat('m', ${WIDE}), 'completed',
              'upstream', n, 1, 0, 0, 0, '{}', false, 200, 1
         FROM (SELECT n, overlay(gatehouse_first_request_id(timestamptz '2026-05-01Z' + n / 3 * interval '1 millisecond')::text
                 PLACING lpad(n::text, 12, '0') FROM 25)::uuid AS id FROM generate_series(1, ${ROWS}) n) x`,
      [id],
    );
  });

  /** Downloads all of it, and checks that every row is there once. Resolves with how much the server read for it. */
  async function downloadAll(): Promise<number> {
    const before = database.counters.bytesDown;
    const { text } = await download(QUERY);
    const ids = text
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(0, 36));
    expect(ids).toHaveLength(ROWS);
    expect(new Set(ids).size).toBe(ROWS);
    return database.counters.bytesDown - before;
  }

  it('has every row once, whatever the size of its pages', async () => {
    expect(await downloadAll()).toBeGreaterThan(ROWS * WIDE);
  });

  it('waits for a slow client, and stops when the client leaves', async () => {
    const admin = await gateway.admin();
    const whole = await downloadAll();
    const before = database.counters.bytesDown;
    const slow = await admin.open(`/api/v1/admin/export/usage?${QUERY}`);
    expect(slow.statusCode).toBe(200);
    // undici reports that the client left as an error of the body, which is what was asked for.
    slow.body.on('error', () => undefined);
    // As long as a whole export takes: one that did not wait for its client would be over as well.
    await downloadAll();
    expect(database.counters.bytesDown - before).toBeLessThan(whole * 1.9);
    slow.body.destroy();
    await downloadAll();
    expect(database.counters.bytesDown - before).toBeLessThan(whole * 2.9);
    expect((await admin.get('/api/v1/admin/logs?limit=1')).status).toBe(200);
  });
});
