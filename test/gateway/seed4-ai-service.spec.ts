import type { TestAccount } from '../support/gateway.js';
import { framesOf, startSeedGateway } from '../support/seed-gateway.js';
import type { SeedGateway } from '../support/seed-gateway.js';

jest.setTimeout(60_000);

const CONTENT = ['Code', ' flows', ' like', ' water'];
const USAGE = { prompt_tokens: 25, completion_tokens: 4, total_tokens: 29 };
const CHAT = {
  messages: [
    { role: 'system', content: 'You are a helpful assistant.' },
    { role: 'user', content: 'What is Python?' },
  ],
  model: 'gpt-3.5-turbo',
  max_tokens: 500,
};
const STREAM = {
  messages: [{ role: 'user', content: 'Write a short poem about coding' }],
  model: 'gpt-3.5-turbo',
};
const SUMMARIZE = { text: 'Your long text to summarize goes here...', max_length: 100, style: 'concise' };
const TRANSLATE = { text: 'Hello, how are you?', source_language: 'auto', target_language: 'Spanish' };

let seed: SeedGateway;
let account: TestAccount;

beforeAll(async () => {
  seed = await startSeedGateway({ content: CONTENT });
});
beforeEach(async () => {
  seed.gateway.upstream.reset();
  account = await seed.gateway.account({ day: 1_000_000 });
});
afterAll(() => seed.stop());

/** What the model was told and asked. */
function asked(): { role: string; content: string }[] {
  return seed.gateway.upstream.lastRequest?.json?.messages as { role: string; content: string }[];
}

it('answers the chat example', async () => {
  const { status, body } = await account.client.post('/api/v1/chat', CHAT);
  expect(status).toBe(200);
  expect(body).toEqual({
    message: { role: 'assistant', content: CONTENT.join('') },
    model: 'gpt-3.5-turbo',
    usage: USAGE,
  });
  expect(seed.gateway.upstream.lastRequest?.json).toMatchObject({ ...CHAT, temperature: 0.7 });
});

it('streams the poem token by token, then the whole of it, without [DONE]', async () => {
  const stream = await account.client.openStream('/api/v1/chat/stream', STREAM);
  expect(stream.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(await framesOf(stream)).toEqual([
    ...CONTENT.map((token) => ({ token })),
    { done: true, full_text: CONTENT.join('') },
  ]);
  expect(seed.gateway.upstream.lastRequest?.json?.max_tokens).toBe(1_000);
  expect(await seed.gateway.balanced(account)).toBe(29);
});

it('summarises the example, in every style', async () => {
  const instructions = new Set<string>();
  for (const style of ['concise', 'detailed', 'bullet_points']) {
    const { status, body } = await account.client.post('/api/v1/summarize', { ...SUMMARIZE, style });
    expect(status).toBe(200);
    expect(body).toEqual({
      summary: CONTENT.join(''),
      original_length: SUMMARIZE.text.length,
      summary_length: CONTENT.join('').length,
      model: 'gpt-3.5-turbo',
      usage: USAGE,
    });
    const [system, user] = asked();
    expect(user).toEqual({ role: 'user', content: SUMMARIZE.text });
    expect(system?.content).toContain('100 words');
    instructions.add(system?.content ?? '');
  }
  expect(instructions.size).toBe(3);
  expect(seed.gateway.upstream.lastRequest?.json).toMatchObject({ temperature: 0.5, max_tokens: 1_500 });
});

it('translates the example, and from a named language', async () => {
  const { status, body } = await account.client.post('/api/v1/translate', TRANSLATE);
  expect(status).toBe(200);
  expect(body).toEqual({
    translated_text: CONTENT.join(''),
    source_language: 'auto-detected',
    target_language: 'Spanish',
    model: 'gpt-3.5-turbo',
    usage: USAGE,
  });
  expect(asked()[0]?.content).toContain('to Spanish');
  const named = await account.client.post('/api/v1/translate', { ...TRANSLATE, source_language: 'English' });
  expect(named.body).toMatchObject({ source_language: 'English' });
  expect(seed.gateway.upstream.lastRequest?.json).toMatchObject({ temperature: 0.3, max_tokens: 2_000 });
});

it.each([
  ['/api/v1/chat', { ...CHAT, messages: [] }],
  ['/api/v1/chat', { ...CHAT, messages: Array(51).fill(CHAT.messages[1]) }],
  ['/api/v1/chat', { ...CHAT, messages: [{ role: 'user', content: 'x'.repeat(10_001) }] }],
  ['/api/v1/chat', { ...CHAT, messages: [{ role: 'user', content: '' }] }],
  ['/api/v1/chat', { ...CHAT, max_tokens: 4_001 }],
  ['/api/v1/chat/stream', { ...STREAM, temperature: 2.1 }],
  ['/api/v1/summarize', { ...SUMMARIZE, text: 'too short' }],
  ['/api/v1/summarize', { ...SUMMARIZE, max_length: 49 }],
  ['/api/v1/summarize', { ...SUMMARIZE, style: 'rude' }],
  ['/api/v1/translate', { ...TRANSLATE, target_language: 'X' }],
  ['/api/v1/translate', { text: 'Hello' }],
])('%s refuses a body that breaks its rules with 422 and a list', async (path, wrong) => {
  const { status, body } = await account.client.post<{ detail: { loc: unknown[] }[] }>(path, wrong);
  expect(status).toBe(422);
  expect(body.detail[0]?.loc[0]).toBe('body');
  expect(seed.gateway.upstream.counters.requests).toBe(0);
});

it.each([
  [429, 429, 'AI service is busy, please try again later'],
  [401, 500, 'AI service configuration error'],
  [500, 500, 'An unexpected error occurred'],
  [503, 503, 'AI service temporarily unavailable'],
])('says of an upstream that answers %d: %d %s', async (upstream, status, detail) => {
  seed.gateway.upstream.behave({ fault: { kind: 'status', status: upstream, secret: 'sk-UPSTREAM-SECRET' } });
  for (const [path, body] of [
    ['/api/v1/chat', CHAT],
    ['/api/v1/chat/stream', STREAM],
    ['/api/v1/translate', TRANSLATE],
  ] as const) {
    const answer = await account.client.post(path, body);
    expect(answer).toMatchObject({ status, body: { detail } });
    expect(JSON.stringify(answer.body)).not.toContain('SECRET');
  }
  expect(await seed.gateway.balanced(account)).toBe(0);
});

it('wants a key', async () => {
  for (const path of ['/api/v1/chat', '/api/v1/chat/stream', '/api/v1/summarize', '/api/v1/translate']) {
    expect((await seed.gateway.client().post(path, CHAT)).status).toBe(401);
  }
});
