import type { ApiAnswer } from '../support/api-client.js';
import { freePort } from '../support/free-port.js';
import { chat, CHAT, Gateway, type LedgerRow, type TestAccount, UPSTREAM_SECRET } from '../support/gateway.js';
import type { UpstreamBehaviour } from '../support/upstream-behaviour.js';

jest.setTimeout(60_000);

const LEAK = 'sk-LEAKED-BY-THE-UPSTREAM';
const SILENCE_MS = 500;
const MEGABYTE = 1024 * 1024;
const A_STRING: unknown = expect.any(String);
/** Each chunk is four bytes, which is one token by our count. */
const CHUNKS = 6;
const BEFORE_FAULT = 3;

/**
 * Nothing: two zeros. Delivered: the prompt, and the chunks that came before the fault. Counted: the prompt and the
 * whole answer, by our count. Upstream: what it told.
 */
type Bill = 'nothing' | 'delivered' | 'counted' | 'upstream';

interface Outcome {
  /** Of the answer; a stream that breaks off under way has 200. */
  status: number;
  /** Of the error, as an answer or as the last event; null when all is well. */
  code: string | null;
  bill: Bill;
  retryAfter?: string;
}

interface Row {
  name: string;
  upstream: Partial<UpstreamBehaviour>;
  json: Outcome;
  stream: Outcome;
}

const fails = (status: number, code: string, retryAfter?: string): Outcome => ({
  status,
  code,
  bill: 'nothing',
  retryAfter,
});
const breaksOff = (code: string): Outcome => ({ status: 200, code, bill: 'delivered' });
const succeeds = (bill: Bill): Outcome => ({ status: 200, code: null, bill });

const both = (name: string, upstream: Row['upstream'], outcome: Outcome): Row => ({
  name,
  upstream,
  json: outcome,
  stream: outcome,
});
const withStatus = (status: number, outcome: Outcome, retryAfter?: string): Row =>
  both(`status ${status}`, { fault: { kind: 'status', status, secret: LEAK, retryAfter } }, outcome);
const tells = (name: string, toldUsage: unknown): Row => both(name, { toldUsage }, succeeds('counted'));

const ROWS: Row[] = [
  withStatus(429, fails(429, 'upstream_rate_limited', '7'), '7'),
  withStatus(500, fails(502, 'upstream_error')),
  withStatus(503, fails(503, 'upstream_unavailable', '9'), '9'),
  withStatus(504, fails(504, 'upstream_timeout')),
  withStatus(401, fails(502, 'upstream_auth_failed')),
  withStatus(403, fails(502, 'upstream_auth_failed')),
  withStatus(400, fails(400, 'upstream_bad_request')),
  withStatus(404, fails(404, 'upstream_not_found')),
  withStatus(413, fails(413, 'upstream_request_too_large')),
  withStatus(422, fails(422, 'upstream_unprocessable')),
  withStatus(302, fails(502, 'upstream_error')),
  both('a reset before the first byte', { fault: { kind: 'reset' } }, fails(502, 'upstream_connection_lost')),
  both('silence before the headers', { fault: { kind: 'hang' } }, fails(504, 'upstream_timeout')),
  {
    // The fake sends its headers with the first chunk, so a stream that has none never begins.
    name: 'silence before the first chunk',
    upstream: { fault: { kind: 'stall', afterChunks: 0 } },
    json: fails(504, 'upstream_idle_timeout'),
    stream: fails(504, 'upstream_timeout'),
  },
  both(
    'an end after the headers',
    { fault: { kind: 'truncate', afterChunks: 0 } },
    fails(502, 'upstream_connection_lost'),
  ),
  both(
    'an error before the first chunk',
    { fault: { kind: 'miderror', afterChunks: 0, secret: LEAK } },
    fails(502, 'upstream_error'),
  ),
  both('broken JSON at once', { fault: { kind: 'malformed', afterChunks: 0 } }, fails(502, 'upstream_malformed')),
  both("a proxy's HTML page", { fault: { kind: 'html', secret: LEAK } }, fails(502, 'upstream_error')),
  both(
    'an HTML page that claims success',
    { fault: { kind: 'html', status: 200, secret: LEAK } },
    fails(502, 'upstream_malformed'),
  ),
  {
    name: 'a stall',
    upstream: { fault: { kind: 'stall' } },
    json: fails(504, 'upstream_idle_timeout'),
    stream: breaksOff('upstream_idle_timeout'),
  },
  {
    name: 'an answer cut short',
    upstream: { fault: { kind: 'truncate' } },
    json: fails(502, 'upstream_connection_lost'),
    stream: breaksOff('upstream_connection_lost'),
  },
  {
    name: 'a reset in mid-answer',
    upstream: { fault: { kind: 'midreset' } },
    json: fails(502, 'upstream_connection_lost'),
    stream: breaksOff('upstream_connection_lost'),
  },
  {
    name: 'less than content-length promised',
    upstream: { fault: { kind: 'badlength' } },
    json: fails(502, 'upstream_connection_lost'),
    stream: breaksOff('upstream_connection_lost'),
  },
  {
    name: 'broken JSON in mid-answer',
    upstream: { fault: { kind: 'malformed' } },
    json: fails(502, 'upstream_malformed'),
    stream: breaksOff('upstream_malformed'),
  },
  {
    name: 'an error in mid-answer',
    upstream: { fault: { kind: 'miderror', secret: LEAK } },
    json: fails(502, 'upstream_error'),
    stream: breaksOff('upstream_error'),
  },
  {
    name: 'a stream without its [DONE]',
    upstream: { done: false },
    json: succeeds('upstream'),
    stream: { status: 200, code: 'upstream_truncated', bill: 'upstream' },
  },
  {
    name: 'an answer of 17 MB',
    upstream: { hugeLineBytes: 17 * MEGABYTE },
    json: fails(502, 'upstream_answer_too_large'),
    stream: { status: 200, code: 'upstream_answer_too_large', bill: 'counted' },
  },
  both('a line of 8 MB', { hugeLineBytes: 8 * MEGABYTE }, succeeds('upstream')),
  both('no usage', { usage: 'never' }, succeeds('counted')),
  tells('usage null', null),
  tells('negative usage', { prompt_tokens: -25, completion_tokens: -6, total_tokens: -31 }),
  tells('half negative usage', { prompt_tokens: 25, completion_tokens: -6, total_tokens: 19 }),
  tells('fractional usage', { prompt_tokens: 2.5, completion_tokens: 6, total_tokens: 8.5 }),
  tells('usage in words', { prompt_tokens: '25', completion_tokens: '6', total_tokens: '31' }),
  tells('usage that cannot be true', { prompt_tokens: 25, completion_tokens: 1e9, total_tokens: 1e9 }),
];

let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  gateway = await Gateway.start({
    env: { UPSTREAM_TIMEOUT_MS: String(SILENCE_MS), UPSTREAM_IDLE_TIMEOUT_MS: String(SILENCE_MS), LOG_LEVEL: 'debug' },
    upstream: { content: 'abc ', chunkCount: CHUNKS },
  });
});
beforeEach(async () => {
  gateway.upstream.reset();
  account = await gateway.account({ day: 100_000 });
});
afterAll(() => gateway.stop());

interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** The data of each event of an answer that is an event stream. */
function eventsOf(body: unknown): string[] {
  if (typeof body !== 'string') throw new Error(`no event stream: ${JSON.stringify(body)}`);
  return body.split('\n\n').flatMap((event) => (event.startsWith('data: ') ? [event.slice(6)] : []));
}

function errorOf({ status, body }: ApiAnswer<unknown>, streamed: boolean): ErrorBody['error'] | undefined {
  if (!streamed || status !== 200) return (body as Partial<ErrorBody>).error;
  const events = eventsOf(body);
  const last = events.at(-1) ?? '';
  if (last === '[DONE]') return undefined;
  expect(events).not.toContain('[DONE]');
  return (JSON.parse(last) as Partial<ErrorBody>).error;
}

function expectAnswer(answer: ApiAnswer<unknown>, streamed: boolean, { status, code, retryAfter }: Outcome): void {
  const error = errorOf(answer, streamed);
  expect({ status: answer.status, code: error?.code ?? null }).toEqual({ status, code });
  if (retryAfter !== undefined) expect(answer.headers['retry-after']).toBe(retryAfter);
  if (code !== null) expect(error).toEqual({ message: A_STRING, type: A_STRING, param: null, code });
  const said = JSON.stringify([answer.headers, answer.body]);
  expect(said).not.toContain(LEAK);
  expect(said).not.toContain(UPSTREAM_SECRET);
}

function expectBill(
  { promptTokens, completionTokens, usageSource, errorCode }: LedgerRow,
  { bill, code }: Outcome,
): void {
  const told = gateway.upstream.lastRequest?.billed;
  expect(errorCode === 'upstream_usage_refused' ? null : errorCode).toBe(code);
  switch (bill) {
    case 'nothing':
      return expect([promptTokens, completionTokens]).toEqual([0, 0]);
    case 'upstream':
      expect({ promptTokens, completionTokens }).toEqual(told);
      return expect(usageSource).toBe('upstream');
    case 'delivered':
    case 'counted':
      expect(promptTokens).toBeGreaterThan(0);
      expect(completionTokens).toBe(bill === 'delivered' ? BEFORE_FAULT : CHUNKS);
      return expect(usageSource).toBe('counted');
  }
}

describe.each(ROWS)('upstream: $name', ({ upstream, json, stream }) => {
  it.each([
    ['a JSON call', json, false],
    ['a stream', stream, true],
  ])('is told to %s as it is, and billed fairly', async (_name, outcome, streamed) => {
    gateway.upstream.behave(upstream);
    const answer = await account.client.post(CHAT, chat({ stream: streamed }));
    expectAnswer(answer, streamed, outcome);
    const [row] = await gateway.ledgerOf(account, 1, 3_000);
    if (row === undefined) throw new Error('no row');
    expectBill(row, outcome);
    expect(row.httpStatus).toBe(answer.status);
    expect(row.status).toBe(outcome.code === null ? 'completed' : 'upstream_error');
    expect(await gateway.balanced(account)).toBe(row.promptTokens + row.completionTokens);
    await gateway.upstream.idle(3_000);
  });
});

it('says so when nobody listens at the upstream, and charges nothing', async () => {
  const server = await gateway.addServer({ OPENAI_BASE_URL: `http://127.0.0.1:${await freePort()}/v1` });
  const client = gateway.client(server).bearer(account.key);
  for (const streamed of [false, true]) {
    expectAnswer(await client.post(CHAT, chat({ stream: streamed })), streamed, fails(502, 'upstream_unreachable'));
  }
  await gateway.ledgerOf(account, 2);
  expect(await gateway.balanced(account)).toBe(0);
});

it('serves as before afterwards', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => account.client.post(CHAT, chat({ stream: true }))),
  );
  for (const { body } of answers) expect(eventsOf(body).at(-1)).toBe('[DONE]');
  expect(await gateway.balanced(account)).toBe(gateway.upstream.counters.totalTokens);
});

it('has written of all this, but neither our secret nor what the upstream let slip', () => {
  const output = gateway.output();
  expect(output).toContain('a call failed');
  expect(output).toContain('a stream broke off');
  expect(output).not.toContain(UPSTREAM_SECRET);
  expect(output).not.toContain(LEAK);
  expect(output).not.toContain(account.key);
});
