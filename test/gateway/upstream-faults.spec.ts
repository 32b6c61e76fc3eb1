import { ConfigFile } from '../support/config-file.js';
import { freePort } from '../support/free-port.js';
import { chat, CHAT, Gateway, UPSTREAM_SECRET } from '../support/gateway.js';
import type { UpstreamBehaviour } from '../support/upstream-behaviour.js';

jest.setTimeout(90_000);

const SECRET = UPSTREAM_SECRET;
const PATIENCE_MS = 700;
const UNREACHABLE = 'unreachable-model';

/** What a client sees, and what the ledger says of it. */
interface Outcome {
  readonly status: number;
  /** `done` for an answer that is complete. */
  readonly end: string;
  readonly attempts: number;
  /** Tokens: what the upstream told; `some` where they are counted by us. */
  readonly charge: number | 'some';
  readonly usageSource?: string;
  /** Of the ledger row, when it is not that of the end. */
  readonly errorCode?: string | null;
}

interface Row {
  readonly name: string;
  readonly behaviour?: Partial<UpstreamBehaviour>;
  readonly model?: string;
  readonly json: Outcome;
  readonly stream: Outcome;
}

const refused = (status: number, end: string, attempts: number): Outcome => ({ status, end, attempts, charge: 0 });
const both = (outcome: Outcome) => ({ json: outcome, stream: outcome });
const COMPLETE: Outcome = { status: 200, end: 'done', attempts: 1, charge: 30, usageSource: 'upstream' };
const COUNTED: Outcome = { ...COMPLETE, charge: 'some', usageSource: 'counted' };
const brokenOff = (end: string): Outcome => ({ status: 200, end, attempts: 1, charge: 'some', usageSource: 'counted' });

const ROWS: Row[] = [
  {
    name: '429',
    behaviour: { fault: { kind: 'status', status: 429, secret: SECRET } },
    ...both(refused(429, 'upstream_rate_limited', 2)),
  },
  {
    name: '429 with a Retry-After that is too long',
    behaviour: { fault: { kind: 'status', status: 429, retryAfter: '60', secret: SECRET } },
    ...both(refused(429, 'upstream_rate_limited', 1)),
  },
  {
    name: '500',
    behaviour: { fault: { kind: 'status', status: 500, secret: SECRET } },
    ...both(refused(502, 'upstream_error', 2)),
  },
  {
    name: '503',
    behaviour: { fault: { kind: 'status', status: 503, secret: SECRET } },
    ...both(refused(503, 'upstream_unavailable', 2)),
  },
  {
    name: 'our key is refused',
    behaviour: { fault: { kind: 'status', status: 401, secret: SECRET } },
    ...both(refused(502, 'upstream_auth_failed', 1)),
  },
  {
    name: 'the request is refused',
    behaviour: { fault: { kind: 'status', status: 400, secret: SECRET } },
    ...both(refused(400, 'upstream_bad_request', 1)),
  },
  { name: 'refused connection', model: UNREACHABLE, ...both(refused(502, 'upstream_unreachable', 0)) },
  {
    name: 'reset before the first byte',
    behaviour: { fault: { kind: 'reset' } },
    ...both(refused(502, 'upstream_connection_lost', 1)),
  },
  {
    name: 'hang before the first byte',
    behaviour: { fault: { kind: 'hang' } },
    ...both(refused(504, 'upstream_timeout', 1)),
  },
  {
    name: 'hang in the middle',
    behaviour: { fault: { kind: 'stall' } },
    json: refused(504, 'upstream_idle_timeout', 1),
    stream: brokenOff('upstream_idle_timeout'),
  },
  { name: 'slow drip', behaviour: { chunkDelayMs: 250, latencyMs: 400 }, ...both(COMPLETE) },
  {
    name: 'truncated',
    behaviour: { fault: { kind: 'truncate' } },
    json: refused(502, 'upstream_connection_lost', 1),
    stream: brokenOff('upstream_connection_lost'),
  },
  {
    name: 'reset in the middle',
    behaviour: { fault: { kind: 'midreset' } },
    json: refused(502, 'upstream_connection_lost', 1),
    stream: brokenOff('upstream_connection_lost'),
  },
  {
    name: 'no [DONE]',
    behaviour: { done: false },
    json: COMPLETE,
    stream: { status: 200, end: 'upstream_truncated', attempts: 1, charge: 30, usageSource: 'upstream' },
  },
  {
    name: 'malformed frame',
    behaviour: { fault: { kind: 'malformed' } },
    json: refused(502, 'upstream_malformed', 1),
    stream: brokenOff('upstream_malformed'),
  },
  {
    name: 'malformed before the first content',
    behaviour: { fault: { kind: 'malformed', afterChunks: 0 } },
    ...both(refused(502, 'upstream_malformed', 1)),
  },
  {
    name: 'error event',
    behaviour: { fault: { kind: 'miderror', secret: SECRET } },
    json: refused(502, 'upstream_error', 2),
    stream: brokenOff('upstream_error'),
  },
  {
    name: 'HTML',
    behaviour: { fault: { kind: 'html', secret: SECRET } },
    ...both(refused(502, 'upstream_error', 2)),
  },
  {
    name: 'HTML of status 200',
    behaviour: { fault: { kind: 'html', status: 200, secret: SECRET } },
    ...both(refused(502, 'upstream_malformed', 1)),
  },
  { name: 'no usage', behaviour: { usage: 'never' }, ...both(COUNTED) },
  ...[
    { prompt_tokens: -5, completion_tokens: 3 },
    { prompt_tokens: 25, completion_tokens: 1.5 },
    { prompt_tokens: 25, completion_tokens: 10_000_001 },
    { prompt_tokens: '25', completion_tokens: 5 },
  ].map((toldUsage) => ({
    name: `poisoned usage ${JSON.stringify(toldUsage)}`,
    behaviour: { toldUsage },
    ...both({ ...COUNTED, errorCode: 'upstream_usage_refused' }),
  })),
  { name: 'usage told again and again', behaviour: { usagePlace: 'every' }, ...both(COMPLETE) },
  {
    name: 'huge line',
    behaviour: { hugeLineBytes: 3_000_000, completionTokens: 5 },
    ...both(COMPLETE),
  },
];

let gateway: Gateway;
let config: ConfigFile;

beforeAll(async () => {
  config = await ConfigFile.create(
    `providers:
  nowhere: { kind: openai, base_url: "http://127.0.0.1:${await freePort()}/v1", api_keys: [${SECRET}] }
models:
  ${UNREACHABLE}: { price: { input: 1, output: 1 }, targets: [{ provider: nowhere }] }
`,
  );
  gateway = await Gateway.start({
    env: {
      GATEHOUSE_CONFIG: config.path,
      UPSTREAM_TIMEOUT_MS: String(PATIENCE_MS),
      UPSTREAM_IDLE_TIMEOUT_MS: String(PATIENCE_MS),
      LOG_LEVEL: 'trace',
    },
  });
});
beforeEach(() => gateway.upstream.reset());
afterAll(async () => {
  await gateway.stop();
  await config.remove();
});

function checkBill(row: Awaited<ReturnType<Gateway['ledger']>>[number] | undefined, wanted: Outcome): void {
  const charge = (row?.promptTokens ?? -1) + (row?.completionTokens ?? 0);
  if (wanted.charge === 'some') expect(charge).toBeGreaterThan(0);
  else expect(charge).toBe(wanted.charge);
  expect(row).toMatchObject({
    status: wanted.end === 'done' ? 'completed' : 'upstream_error',
    httpStatus: wanted.status,
    errorCode: wanted.errorCode ?? (wanted.end === 'done' ? null : wanted.end),
    ...(wanted.usageSource !== undefined && { usageSource: wanted.usageSource }),
  });
}

/** How a stream ended: `done`, or the code of its error event. Nothing may follow either. */
function endOf(events: readonly string[]): string {
  const last = events.at(-1) ?? '';
  if (last === '[DONE]') return 'done';
  expect(events).not.toContain('[DONE]');
  return (JSON.parse(last) as { error: { code: string } }).error.code;
}

describe.each(ROWS)('upstream fault: $name', ({ behaviour = {}, model = 'gpt-4o-mini', json, stream }) => {
  it('whole answer', async () => {
    const account = await gateway.account({ day: 1_000_000 });
    gateway.upstream.behave(behaviour);
    const { status, body } = await account.client.post<{ error?: { code: string } }>(CHAT, chat({ model }));
    expect({ status, end: body.error?.code ?? 'done' }).toEqual({ status: json.status, end: json.end });
    expect(JSON.stringify(body)).not.toContain(SECRET);
    const [row] = await gateway.ledgerOf(account, 1);
    checkBill(row, json);
    await gateway.balanced(account);
    expect(gateway.upstream.counters.requests).toBe(json.attempts);
  });

  it('stream', async () => {
    const account = await gateway.account({ day: 1_000_000 });
    gateway.upstream.behave(behaviour);
    const answer = await account.client.openStream(CHAT, chat({ model, stream: true, max_tokens: 1_000 }));
    const events = await answer.rest();
    const received = answer.received().toString();
    const end =
      answer.status === 200 ? endOf(events) : (JSON.parse(received) as { error: { code: string } }).error.code;
    expect({ status: answer.status, end }).toEqual({ status: stream.status, end: stream.end });
    expect(received).not.toContain(SECRET);
    const [row] = await gateway.ledgerOf(account, 1);
    checkBill(row, stream);
    await gateway.balanced(account);
    expect(gateway.upstream.counters.requests).toBe(stream.attempts);
  });
});

describe('upstream faults', () => {
  it('leave our credential out of every line that was logged', () => {
    expect(gateway.output()).toContain('a call failed');
    expect(gateway.output()).not.toContain(SECRET);
  });

  it('are tried again when the second answer is a good one, and billed once', async () => {
    const account = await gateway.account();
    const { upstream } = gateway;
    upstream.behave(({ index }) => ({
      fault: index === 1 ? { kind: 'status', status: 429, retryAfter: '1' } : undefined,
    }));
    const startedAt = Date.now();
    expect((await account.client.post(CHAT, chat())).status).toBe(200);
    expect(Date.now() - startedAt).toBeGreaterThan(900);
    expect(upstream.counters).toMatchObject({ requests: 2, completed: 1, faulted: 1 });
    expect(await gateway.balanced(account)).toBe(upstream.counters.totalTokens);
  });

  it('are not tried again for a client that has left', async () => {
    const account = await gateway.account();
    const { upstream } = gateway;
    upstream.behave({ fault: { kind: 'status', status: 429, retryAfter: '2' } });
    const abort = new AbortController();
    const answer = account.client.json('POST', CHAT, { body: chat(), signal: abort.signal });
    await upstream.received(1);
    await upstream.idle();
    setTimeout(() => abort.abort(), 200);
    await expect(answer).rejects.toThrow();
    const [row] = await gateway.ledgerOf(account, 1);
    expect(row).toMatchObject({ httpStatus: 499, promptTokens: 0, completionTokens: 0 });
    await gateway.balanced(account);
    expect(upstream.counters.requests).toBe(1);
  });
});
