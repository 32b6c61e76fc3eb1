import { chat, Gateway, type TestAccount } from '../support/gateway.js';
import { startSeedGateway } from '../support/seed-gateway.js';
import type { SeedGateway } from '../support/seed-gateway.js';

jest.setTimeout(60_000);

const { messages } = chat();
const MODEL = 'gpt-4o-mini';
const CLAUDE = { model: MODEL, max_tokens: 50, messages };
const OPENAI = [
  ['chat/completions', { ...chat() }],
  ['chat/completions', chat({ stream: true })],
  ['completions', { model: MODEL, prompt: 'Hello' }],
  ['completions', { model: MODEL, prompt: 'Hello', stream: true }],
  ['embeddings', { model: 'text-embedding-3-small', input: 'Hello' }],
  ['responses', { model: MODEL, input: 'Hello' }],
  ['responses', { model: MODEL, input: 'Hello', stream: true }],
  ['messages', CLAUDE],
  ['messages', { ...CLAUDE, stream: true }],
] as const;

/** Every metered route, as JSON and as a stream where it has both. */
const ROUTES: readonly (readonly [string, Record<string, unknown>])[] = [
  ...OPENAI.map(([path, body]) => [`/v1/${path}`, { ...body }] as const),
  ...OPENAI.map(([path, body]) => [`/api/v1/${path}`, { ...body }] as const),
  ['/api/v1/chat/completions', { ...chat(), task_id: 1 }],
  ['/api/ai/chat', { messages }],
  ['/api/ai/chat/stream', { messages }],
  ['/chat/completions', { messages }],
  ['/api/chat/stream', { messages }],
  ['/api/chat/stream', { messages, stream: false }],
  ['/api/v1/chat', { messages }],
  ['/api/v1/chat/stream', { messages }],
  ['/api/v1/summarize', { text: 'A text that is long enough.' }],
  ['/api/v1/translate', { text: 'Hello', target_language: 'Spanish' }],
];

/** What else is posted to, and never calls a model. */
const NOT_METERED =
  /^\/(?:api\/(?:v1\/)?(?:auth|admin|api-keys|invitations|user)|api-keys|(?:users\/)?(?:register|login))(?:\/|$)/;

let seed: SeedGateway;
let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  seed = await startSeedGateway({});
  gateway = seed.gateway;
});
beforeEach(async () => {
  gateway.upstream.reset();
  seed.others.reset();
  account = await gateway.account({ day: 1_000_000, lifetime: 10_000_000 });
  await gateway.assign(account);
});
afterAll(() => seed.stop());

const upstreamCalls = () => gateway.upstream.counters.requests + seed.others.counters.requests;

it.each(ROUTES)('POST %s %j: one upstream call, one ledger row, nothing held', async (path, body) => {
  const stream = await account.client.openStream(path, body);
  await stream.rest();
  expect(stream.status).toBe(200);
  expect(stream.headers['x-request-id']).toBeTruthy();
  expect(stream.headers['x-ratelimit-remaining-requests']).toBeTruthy();
  expect(upstreamCalls()).toBe(1);
  const used = gateway.upstream.counters.totalTokens + seed.others.counters.totalTokens;
  expect(await gateway.ledgerOf(account, 1)).toMatchObject([{ status: 'completed', usageSource: 'upstream' }]);
  expect(await gateway.balanced(account)).toBe(used);
});

it.each(ROUTES)(
  'POST %s %j: refused without a hold when it cannot be paid, asked without a key or badly asked',
  async (path, body) => {
    const poor = await gateway.account({ day: 1, lifetime: 1 });
    await gateway.assign(poor);
    expect([402, 403, 429]).toContain((await poor.client.post(path, body)).status);
    expect((await gateway.client().post(path, body)).status).toBe(401);
    for (const wrong of [{}, [], 'null', '{"model":', '"text"']) {
      expect([400, 422]).toContain((await account.client.post(path, wrong)).status);
    }
    expect(upstreamCalls()).toBe(0);
    expect(await gateway.ledger(account)).toEqual([]);
    expect(await gateway.holds(account)).toBe(0);
  },
);

it('there is no other route that a model could be called through', async () => {
  const { body } = await gateway.client().get<{ paths: Record<string, Record<string, unknown>> }>('/docs-json');
  const posted = Object.entries(body.paths).flatMap(([path, methods]) => ('post' in methods ? [path] : []));
  const known = new Set(ROUTES.map(([path]) => path));
  expect(posted.filter((path) => !NOT_METERED.test(path)).sort()).toEqual([...known].sort());
});
