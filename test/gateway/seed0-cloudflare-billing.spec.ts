import type { TestAccount } from '../support/gateway.js';
import { framesOf, startSeedGateway } from '../support/seed-gateway.js';
import type { SeedGateway } from '../support/seed-gateway.js';

jest.setTimeout(60_000);

const MODELS = [
  '@cf/meta/llama-3.1-8b-instruct',
  '@cf/meta/llama-3-8b-instruct',
  '@cf/mistral/mistral-7b-instruct-v0.1',
  '@cf/mistral/mistral-7b-instruct-v0.2',
  '@cf/qwen/qwen1.5-7b-chat-awq',
];
const EXAMPLE = {
  messages: [{ role: 'user', content: 'Hello!' }],
  model: '@cf/meta/llama-3.1-8b-instruct',
};

let seed: SeedGateway;
let account: TestAccount;

beforeAll(async () => {
  seed = await startSeedGateway({ content: ['Grüezi', ' mit', ' enand'], promptTokens: 12, completionTokens: 8 });
});
beforeEach(async () => {
  seed.others.reset();
  account = await seed.gateway.account({ day: 100_000 });
});
afterAll(() => seed.stop());

const withKey = (key = account.key) => seed.gateway.client().with({ 'x-api-key': key });

describe('GET /api/ai/models', () => {
  it('lists the five models to anybody, the default first', async () => {
    const { status, body } = await seed.gateway.client().get<{ id: string }[]>('/api/ai/models');
    expect(status).toBe(200);
    expect(body.map(({ id }) => id)).toEqual(MODELS);
    for (const model of body) {
      expect(model).toEqual({
        id: model.id,
        name: expect.any(String) as string,
        provider: expect.any(String) as string,
        task: 'text-generation',
        description: expect.any(String) as string,
        capabilities: expect.any(Array) as string[],
        status: 'active',
      });
    }
  });
});

describe('POST /api/ai/chat', () => {
  it('answers the example with the text and its tokens', async () => {
    const { status, body } = await withKey().post('/api/ai/chat', EXAMPLE);
    expect(status).toBe(200);
    expect(body).toEqual({
      model: EXAMPLE.model,
      response: 'Grüezi mit enand',
      input_tokens: 12,
      output_tokens: 8,
      total_tokens: 20,
    });
    const [sent] = seed.others.requests;
    expect(sent?.path).toBe('/client/v4/accounts/account-1/ai/v1/chat/completions');
    expect(sent?.json).toMatchObject({ ...EXAMPLE, temperature: 0.7, max_tokens: 2_048, stream: false });
    expect(await seed.gateway.balanced(account)).toBe(20);
  });

  it.each(MODELS)('calls %s', async (model) => {
    const { status, body } = await withKey().post('/api/ai/chat', { ...EXAMPLE, model });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model });
  });

  it('takes the default model, ignores `stream` and passes an image on', async () => {
    const messages = [{ role: 'user', content: 'What is this?', image: 'iVBORw0KGgo=' }];
    const { status, body } = await withKey().post('/api/ai/chat', { messages, stream: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model: MODELS[0], response: 'Grüezi mit enand' });
    expect(JSON.stringify(seed.others.lastRequest?.json?.messages)).toContain('data:image/jpeg;base64,iVBORw0KGgo=');
  });

  it('says what is wrong, in the documented words', async () => {
    const anonymous = await seed.gateway.client().post<{ detail: string }>('/api/ai/chat', EXAMPLE);
    expect([anonymous.status, typeof anonymous.body.detail]).toEqual([401, 'string']);
    const stranger = await withKey('cb_nobody').post('/api/ai/chat', EXAMPLE);
    expect(stranger).toMatchObject({ status: 401, body: { detail: 'Invalid API key' } });

    const unknown = await withKey().post('/api/ai/chat', { ...EXAMPLE, model: 'gpt-nothing' });
    expect(unknown).toMatchObject({
      status: 400,
      body: { detail: "Model 'gpt-nothing' not found. Please select from available models." },
    });
    for (const wrong of [
      { messages: 'Hello' },
      { messages: [{ role: 'tool', content: 'x' }] },
      { messages: [{ role: 'user' }] },
      { ...EXAMPLE, temperature: 3 },
      { ...EXAMPLE, max_tokens: 10_001 },
    ]) {
      const { status, body } = await withKey().post<{ detail: unknown[] }>('/api/ai/chat', wrong);
      expect(status).toBe(422);
      expect(body.detail[0]).toEqual({
        loc: expect.arrayContaining(['body']) as unknown[],
        msg: expect.any(String) as string,
        type: expect.any(String) as string,
      });
    }
    seed.others.behave({ fault: { kind: 'status', status: 500, secret: 'sk-UPSTREAM-SECRET' } });
    const failed = await withKey().post<{ detail: string }>('/api/ai/chat', EXAMPLE);
    expect(failed.status).toBe(500);
    expect(failed.body.detail).toMatch(/^AI request failed: /);
    expect(JSON.stringify(failed.body)).not.toContain('SECRET');
    expect(await seed.gateway.balanced(account)).toBe(0);
  });

  it('names the limit that is spent, 429', async () => {
    const spent = await seed.gateway.account({ day: 10 });
    const { status, body, headers } = await withKey(spent.key).post<{ detail: string }>('/api/ai/chat', EXAMPLE);
    expect(status).toBe(429);
    expect(body.detail).toMatch(/^Daily token limit exceeded\. Limit: 10, used: 0\. Resets/);
    expect(headers['x-should-retry']).toBe('false');
  });
});

describe('POST /api/ai/chat/stream', () => {
  it('streams tokens as they come, then what they cost, without [DONE]', async () => {
    seed.others.behave({ chunkDelayMs: 60 });
    const stream = await withKey().openStream('/api/ai/chat/stream', EXAMPLE);
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(await stream.next()).toBe('{"token":"Grüezi"}');
    // Nothing is made up: the upstream has not said the rest yet.
    expect(seed.others.counters.completed).toBe(0);
    const [second, third, last] = await framesOf(stream);
    expect([second, third]).toEqual([{ token: ' mit' }, { token: ' enand' }]);
    expect(last).toEqual({
      done: true,
      tokens: {
        response: 'Grüezi mit enand',
        input_tokens: 12,
        output_tokens: 8,
        total_tokens: 20,
        response_time_ms: expect.any(Number) as number,
      },
    });
    expect(stream.received().toString()).not.toContain('[DONE]');
    expect(await seed.gateway.balanced(account)).toBe(20);
  });

  it('refuses before it streams, and ends a broken stream with an error', async () => {
    const unknown = await withKey().post('/api/ai/chat/stream', { ...EXAMPLE, model: 'gpt-nothing' });
    expect(unknown.status).toBe(400);
    seed.others.behave({ fault: { kind: 'truncate', afterChunks: 2 } });
    const stream = await withKey().openStream('/api/ai/chat/stream', EXAMPLE);
    const frames = await framesOf(stream);
    expect(frames.slice(0, 2)).toEqual([{ token: 'Grüezi' }, { token: ' mit' }]);
    expect(frames[2]).toEqual({ error: expect.stringMatching(/^AI request failed: /) as string });
    expect(frames).toHaveLength(3);
    const [row] = await seed.gateway.ledgerOf(account, 1);
    expect(row).toMatchObject({ status: 'upstream_error', usageSource: 'counted' });
  });
});
