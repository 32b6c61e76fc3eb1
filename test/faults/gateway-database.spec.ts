import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiAnswer } from '../support/api-client.js';
import { ChaosProxy } from '../support/chaos-proxy.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const AT_MOST_MS = 2_500;

interface Envelope {
  error: { message: string; type: string; param: string | null; code: string | null };
}

let gateway: Gateway;
let proxy: ChaosProxy;

/** The way to the run's Postgres, which listens on a Unix socket, leads through the proxy. */
async function throughProxy(databaseUrl: string): Promise<string> {
  const { username, hostname, port, pathname } = new URL(databaseUrl);
  proxy = await ChaosProxy.start({ path: `${decodeURIComponent(hostname)}/.s.PGSQL.${port}` });
  return `postgresql://${username}@${proxy.host}:${proxy.port}${pathname}`;
}

beforeAll(async () => {
  gateway = await Gateway.start({ reachDatabase: throughProxy, upstream: { content: 'abc ' } });
});
beforeEach(() => gateway.upstream.reset());
afterEach(() => proxy.pass());
afterAll(async () => {
  await gateway.stop();
  await proxy.stop();
});

async function expectUnavailable(account: TestAccount): Promise<void> {
  const startedAt = performance.now();
  const answer = await account.client.post<Envelope>(CHAT, chat());
  expect(performance.now() - startedAt).toBeLessThan(AT_MOST_MS);
  expectRetryLater(answer);
}

function expectRetryLater({ status, headers, body }: ApiAnswer<Envelope>): void {
  expect([status, body.error.code]).toEqual([503, 'service_unavailable']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
}

/** A call that succeeds, so that the server knows the key without asking, and has connections to lose. */
async function knownAccount(): Promise<TestAccount> {
  const account = await gateway.account({ day: 100_000 });
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
  return account;
}

async function serves(account: TestAccount): Promise<void> {
  await until('a served call', async () => (await account.client.post(CHAT, chat())).status === 200, {
    timeoutMs: 15_000,
    intervalMs: 100,
  });
}

function promptBill(): number {
  return gateway.upstream.counters.totalTokens;
}

describe.each([
  ['a black hole', () => proxy.set({ mode: 'blackhole' })],
  ['refused', () => proxy.set({ mode: 'refuse' })],
])('while the way to Postgres is %s', (_name, cut) => {
  it('answers 503 in time, to keys it knows and keys it does not, and admits none of these calls later', async () => {
    const known = await knownAccount();
    const unknown = await gateway.account();
    await cut();
    await Promise.all([expectUnavailable(known), expectUnavailable(unknown)]);
    await expectUnavailable(unknown);
    const crowd = await Promise.all(
      Array.from({ length: 60 }, (_, index) => (index % 2 ? known : unknown).client.post<Envelope>(CHAT, chat())),
    );
    crowd.forEach(expectRetryLater);
    expect(gateway.upstream.counters.requests).toBe(1);
    const alive = await gateway.client().get('/health');
    expect(alive.status).toBe(200);
    expect((await gateway.client().get('/health/ready')).status).toBe(503);

    await proxy.pass();
    await serves(known);
    await serves(unknown);
    expect(await gateway.balanced(known)).toBeGreaterThan(0);
    await gateway.balanced(unknown);
    await gateway.upstream.idle();
    expect((await gateway.ledger(known)).length + (await gateway.ledger(unknown)).length).toBe(
      gateway.upstream.counters.requests,
    );
    expect((await gateway.books.ledgerTotals(known.id)).tokens + (await gateway.balanced(unknown))).toBe(promptBill());
  });

  it('ends a stream that cannot be billed with an error and no [DONE], a JSON call with 503, and bills both later', async () => {
    const account = await knownAccount();
    const { upstream } = gateway;
    upstream.reset();
    upstream.behave({ chunkCount: 20, chunkDelayMs: 30, latencyMs: 600 });
    const stream = await account.client.openStream(CHAT, chat({ stream: true }));
    const json = account.client.post<Envelope>(CHAT, chat());
    expect(stream.status).toBe(200);
    await stream.next();
    await upstream.received(2);
    await cut();
    const events = await stream.rest();
    expect(events).not.toContain('[DONE]');
    const last = JSON.parse(events.at(-1) ?? 'null') as Envelope;
    expect(last.error).toMatchObject({ type: 'service_unavailable', code: 'service_unavailable', param: null });
    expect(events.length).toBeGreaterThan(10);
    expectRetryLater(await json);
    expect(upstream.counters).toMatchObject({ requests: 2, completed: 2 });

    await proxy.pass();
    const rows = await gateway.ledgerOf(account, 3, 15_000);
    expect(rows).toEqual(Array(3).fill(expect.objectContaining({ usageSource: 'upstream', status: 'completed' })));
    const [before] = rows;
    const spentBefore = (before?.promptTokens ?? 0) + (before?.completionTokens ?? 0);
    expect(await gateway.balanced(account)).toBe(spentBefore + upstream.counters.totalTokens);
    await serves(account);
  });
});

it('goes on with running calls when its database connections are cut, and bills each of them once', async () => {
  const account = await knownAccount();
  const { upstream } = gateway;
  upstream.reset();
  upstream.behave({ chunkCount: 20, chunkDelayMs: 30, latencyMs: 600 });
  const streams = await Promise.all(
    Array.from({ length: 10 }, () => account.client.openStream(CHAT, chat({ stream: true }))),
  );
  const answers = Array.from({ length: 10 }, () => account.client.post(CHAT, chat()));
  await upstream.received(20);
  const cutting = setInterval(() => proxy.cutConnections(), 100);
  await sleep(1_000);
  clearInterval(cutting);
  for (const stream of streams) expect((await stream.rest()).at(-1)).toBe('[DONE]');
  for (const answer of answers) expect((await answer).status).toBe(200);
  const rows = await gateway.ledgerOf(account, 21);
  expect(rows.filter(({ status }) => status === 'completed')).toHaveLength(21);
  expect(await gateway.balanced(account)).toBe(
    upstream.counters.totalTokens + (rows[0]?.promptTokens ?? 0) + (rows[0]?.completionTokens ?? 0),
  );
});
