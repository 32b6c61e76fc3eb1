import OpenAI from 'openai';
import { Gateway, type TestAccount } from '../support/gateway.js';
import { METERED_ROUTES } from '../support/metered-routes.js';

jest.setTimeout(60_000);

let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  // As after a bare `npm start`: no provider at all.
  gateway = await Gateway.start({ env: { OPENAI_BASE_URL: undefined, OPENAI_API_KEY: undefined } });
});
beforeEach(async () => {
  account = await gateway.account({ day: 1_000_000, lifetime: 10_000_000 });
  await gateway.assign(account);
});
afterAll(() => gateway.stop());

it.each(METERED_ROUTES)('POST %s %j is answered and billed without any provider', async (path, body) => {
  const stream = await account.client.openStream(path, body);
  const events = await stream.rest();
  expect([stream.status, stream.received().toString()]).toEqual([200, expect.not.stringContaining('"error":{')]);
  if (stream.headers['content-type']?.includes('event-stream')) expect(events.length).toBeGreaterThan(2);
  expect(await gateway.ledgerOf(account, 1)).toMatchObject([{ status: 'completed', usageSource: 'upstream' }]);
  expect(await gateway.balanced(account)).toBeGreaterThan(0);
});

it("is understood by OpenAI's SDK: embeddings, completions and responses", async () => {
  const openai = new OpenAI({ baseURL: `${gateway.client().baseUrl}/v1`, apiKey: account.key, maxRetries: 0 });
  const { data, usage } = await openai.embeddings.create({
    model: 'text-embedding-3-small',
    input: ['Hello', 'Goodbye'],
    dimensions: 8,
  });
  expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
  expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 4);
  expect(usage.total_tokens).toBeGreaterThan(0);

  const prompts = ['Hello', 'Goodbye'];
  const completion = await openai.completions.create({ model: 'gpt-3.5-turbo', prompt: prompts, max_tokens: 60 });
  expect(completion.choices.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^\[simulator\].*Hello$/),
    expect.stringMatching(/^\[simulator\].*Goodbye$/),
  ]);
  const pieces: string[] = [];
  const stream = await openai.completions.create({
    model: 'gpt-3.5-turbo',
    prompt: 'Hello',
    max_tokens: 60,
    stream: true,
  });
  for await (const { choices } of stream) pieces.push(choices[0]?.text ?? '');
  expect(pieces.join('')).toMatch(/Hello$/);
  expect((await openai.responses.create({ model: 'gpt-4o-mini', input: 'Hello' })).output_text).toMatch(/Hello$/);
  expect(await gateway.ledgerOf(account, 4)).toHaveLength(4);
});
