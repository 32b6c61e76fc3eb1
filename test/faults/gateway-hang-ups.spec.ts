import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const CLIENTS = 50;
const ABORTED_WITHIN_MS = 1_000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
});
beforeEach(() => gateway.upstream.reset());
afterAll(() => gateway.stop());

/** When each upstream call of this request id ended, and what was written on it. */
function upstreamCall(requestId: string) {
  const call = gateway.upstream.requests.find(({ headers }) => headers['x-client-request-id'] === requestId);
  if (call === undefined) throw new Error(`the upstream saw no call ${requestId}`);
  return call;
}

it('aborts the upstream calls of 50 clients that hang up in mid-stream, and bills each for what was delivered', async () => {
  const { upstream } = gateway;
  // Four bytes a chunk are one token each, by our count.
  upstream.behave({ content: 'abc ', chunkCount: 500, chunkDelayMs: 50 });
  const account = await gateway.account();
  const streams = await Promise.all(
    Array.from({ length: CLIENTS }, () => account.client.openStream(CHAT, chat({ stream: true, max_tokens: 5_000 }))),
  );
  const delivered = await Promise.all(
    streams.map(async (stream, index) => {
      for (let events = 0; events <= index % 5; events += 1) await stream.next();
      return (index % 5) + 1;
    }),
  );
  const hungUpAt = Date.now();
  for (const stream of streams) stream.hangUp();
  await upstream.idle();
  expect(upstream.counters).toMatchObject({ requests: CLIENTS, aborted: CLIENTS });
  expect(Math.max(...upstream.counters.abortedAt) - hungUpAt).toBeLessThan(ABORTED_WITHIN_MS);

  const rows = await gateway.ledgerOf(account, CLIENTS);
  for (const row of rows) {
    expect(row).toMatchObject({ status: 'client_aborted', usageSource: 'counted', httpStatus: 499, streamed: true });
    expect(row.promptTokens).toBeGreaterThan(0);
    expect(row.completionTokens).toBeGreaterThan(0);
    expect(row.completionTokens).toBeLessThanOrEqual(upstreamCall(row.requestId).chunksWritten);
  }
  const billed = rows.reduce((sum, row) => sum + row.completionTokens, 0);
  expect(billed).toBeGreaterThanOrEqual(delivered.reduce((sum, chunks) => sum + chunks, 0));
  await gateway.balanced(account);
});

it('aborts the upstream calls of clients that leave before the first byte, and bills their prompts', async () => {
  const { upstream } = gateway;
  const account = await gateway.account();
  const gate = upstream.gate();
  const aborts = Array.from({ length: CLIENTS }, () => new AbortController());
  const answers = aborts.map(({ signal }, index) =>
    account.client.json('POST', CHAT, { body: chat({ stream: index % 2 === 0 }), signal }),
  );
  await gate.waiting(CLIENTS);
  const leftAt = Date.now();
  for (const abort of aborts) abort.abort();
  await Promise.all(answers.map((answer) => expect(answer).rejects.toThrow()));
  await upstream.idle();
  expect(upstream.counters).toMatchObject({ requests: CLIENTS, aborted: CLIENTS });
  expect(Math.max(...upstream.counters.abortedAt) - leftAt).toBeLessThan(ABORTED_WITHIN_MS);

  const rows = await gateway.ledgerOf(account, CLIENTS);
  for (const row of rows) {
    expect(row).toMatchObject({ status: 'client_aborted', httpStatus: 499, completionTokens: 0 });
    expect(row.promptTokens).toBeGreaterThan(0);
  }
  await gateway.balanced(account);
});

it('aborts a JSON answer that stalls half-way when its reader leaves', async () => {
  const { upstream } = gateway;
  upstream.behave({ fault: { kind: 'stall' } });
  const account = await gateway.account();
  const abort = new AbortController();
  const answer = account.client.json('POST', CHAT, { body: chat(), signal: abort.signal });
  await upstream.received(1);
  abort.abort();
  await expect(answer).rejects.toThrow();
  await upstream.idle();
  const [row] = await gateway.ledgerOf(account, 1);
  expect(row).toMatchObject({ status: 'client_aborted', httpStatus: 499 });
  expect(await gateway.balanced(account)).toBeGreaterThan(0);
});

it('sends nothing upstream, and bills nothing, for a client that left while it was being admitted', async () => {
  const { upstream, books, databaseUrl } = gateway;
  const account = await gateway.account();
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
  const locker = new Client({ connectionString: databaseUrl });
  await locker.connect();
  try {
    await locker.query('BEGIN');
    await locker.query('SELECT 1 FROM quota_accounts WHERE user_id = $1 FOR UPDATE', [account.id]);
    const abort = new AbortController();
    const answer = account.client.json('POST', CHAT, { body: chat({ stream: true }), signal: abort.signal });
    await until('an admission that waits for the lock', async () => {
      const waiting = await books.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    abort.abort();
    await expect(answer).rejects.toThrow();
    await locker.query('COMMIT');
  } finally {
    await locker.end();
  }
  const rows = await gateway.ledgerOf(account, 2);
  expect(rows[1]).toMatchObject({ status: 'not_dispatched', promptTokens: 0, completionTokens: 0, httpStatus: 499 });
  expect(upstream.counters.requests).toBe(1);
  await gateway.balanced(account);
});

it('lets go of the upstream calls of readers that fell behind and left, and serves as before', async () => {
  const { upstream } = gateway;
  const [rounds, readers] = [4, 8];
  // More than all buffers on the way can hold: the upstream is held up, and so is whoever waits for its reader.
  upstream.behave({ content: 'x'.repeat(24_000), chunkCount: 1_000 });
  const account = await gateway.account();
  for (let round = 0; round < rounds; round += 1) {
    const streams = await Promise.all(
      Array.from({ length: readers }, () => account.client.openStream(CHAT, chat({ stream: true }))),
    );
    await Promise.all(streams.map((stream) => stream.next()));
    await sleep(200);
    const hungUpAt = Date.now();
    for (const stream of streams) stream.hangUp();
    await upstream.idle();
    expect(Math.max(...upstream.counters.abortedAt) - hungUpAt).toBeLessThan(ABORTED_WITHIN_MS);
  }
  expect(upstream.counters).toMatchObject({ aborted: rounds * readers, completed: 0 });
  await gateway.ledgerOf(account, rounds * readers);
  await gateway.balanced(account);
  upstream.behave({ content: 'done', chunkCount: 1 });
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
});
