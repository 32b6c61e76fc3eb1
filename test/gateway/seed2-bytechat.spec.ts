import type { TestAccount } from '../support/gateway.js';
import { framesOf, startSeedGateway } from '../support/seed-gateway.js';
import type { SeedGateway } from '../support/seed-gateway.js';

jest.setTimeout(60_000);

const BALANCE = 984_600;
const EXAMPLE = {
  messages: [{ role: 'user', content: 'Hello!' }],
  model: 'openai/gpt-4',
  temperature: 0.7,
};
const LONG_EXAMPLE = {
  messages: [
    { role: 'system', content: 'You are a helpful assistant.' },
    { role: 'user', content: 'Hello! How are you?' },
  ],
  model: 'openai/gpt-4',
  temperature: 0.7,
  max_tokens: 1_000,
  stream: true,
};

interface Chunk {
  choices?: { delta: { content?: string } }[];
  usage?: unknown;
  type?: string;
}

let seed: SeedGateway;
let account: TestAccount;

beforeAll(async () => {
  seed = await startSeedGateway({
    content: ['Hello', '!'],
    promptTokens: 12,
    completionTokens: 8,
    usagePlace: 'last',
  });
});
beforeEach(async () => {
  seed.others.reset();
  account = await seed.gateway.account({ lifetime: BALANCE });
});
afterAll(() => seed.stop());

describe('POST /api/chat/stream', () => {
  it.each([
    ['cURL', EXAMPLE],
    ['request', LONG_EXAMPLE],
  ])("streams the %s example: OpenAI's chunks, usage in the last, token_update, [DONE]", async (_name, example) => {
    const stream = await account.client.openStream('/api/chat/stream', example);
    expect(stream.status).toBe(200);
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(stream.headers['cache-control']).toBe('no-cache');
    expect(stream.headers['x-accel-buffering']).toBe('no');
    const frames = await framesOf(stream);
    const chunks = frames.slice(0, -2) as Chunk[];
    expect(chunks.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('')).toBe('Hello!');
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk' });
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ delta: {}, finish_reason: 'stop' }],
      usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 },
    });
    expect(frames.slice(-2)).toEqual([{ type: 'token_update', tokens_left: BALANCE - 20, tokens_used: 20 }, '[DONE]']);
    expect(seed.others.lastRequest?.json).toMatchObject(example);
    expect(seed.others.lastRequest?.headers['x-title']).toBe('Gatehouse');
    expect(await seed.gateway.balanced(account)).toBe(20);
  });

  it("can be read by the document's JavaScript example", async () => {
    const stream = await account.client.openStream('/api/chat/stream', EXAMPLE);
    await stream.rest();
    let said = '';
    let finished = false;
    for (const line of stream.received().toString().split('\n')) {
      if (!line.startsWith('data: ')) continue;
      const data = line.slice(6);
      if (data === '[DONE]') {
        finished = true;
        break;
      }
      try {
        said += (JSON.parse(data) as Required<Chunk>).choices[0]?.delta.content ?? '';
      } catch (error) {
        // The example skips what has no choices.
        expect(error).toBeInstanceOf(TypeError);
      }
    }
    expect([said, finished]).toEqual(['Hello!', true]);
  });

  it('takes the default model, and with `stream: false` answers one JSON with the update', async () => {
    const { messages } = EXAMPLE;
    const { status, body } = await account.client.post('/api/chat/stream', { messages, stream: false });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'Hello!' } }],
      token_update: { type: 'token_update', tokens_left: BALANCE - 20, tokens_used: 20 },
    });
    expect(seed.others.lastRequest?.json).toMatchObject({ model: 'openai/gpt-4', stream: false });
  });

  it('needs a token that is good, and of one account', async () => {
    const { client } = account;
    const nobody = seed.gateway.client();
    expect((await nobody.post('/api/chat/stream', EXAMPLE)).status).toBe(401);
    const invalid = { status: 401, body: { detail: 'Invalid access token' } };
    expect(await nobody.post('/api/chat/stream', { ...EXAMPLE, access_token: 'ya29.a0AfB_byC' })).toMatchObject(
      invalid,
    );
    expect(await client.post('/api/chat/stream', { ...EXAMPLE, access_token: 'ya29.a0AfB_byC' })).toMatchObject(
      invalid,
    );
    expect(await client.post('/api/chat/stream', { ...EXAMPLE, access_token: 7 })).toMatchObject(invalid);
    expect(seed.others.counters.requests).toBe(0);
  });

  it('says 403 to a spent balance, 422 to a bad body, 500 to a failing upstream', async () => {
    const spent = await seed.gateway.account({ lifetime: 5 });
    expect(await spent.client.post('/api/chat/stream', EXAMPLE)).toMatchObject({
      status: 403,
      body: { detail: 'Insufficient tokens. Please contact support to add more tokens.' },
    });
    for (const wrong of [
      { ...EXAMPLE, messages: [] },
      { ...EXAMPLE, temperature: 1.5 },
      { ...EXAMPLE, stream: 'yes' },
    ]) {
      const { status, body } = await account.client.post<{ detail: unknown }>('/api/chat/stream', wrong);
      expect([status, Array.isArray(body.detail)]).toEqual([422, true]);
    }
    seed.others.behave({ fault: { kind: 'reset' } });
    const { status, body } = await account.client.post<{ detail: string }>('/api/chat/stream', EXAMPLE);
    expect(status).toBe(500);
    expect(body.detail).toMatch(/^Failed to process chat request: /);
  });

  it('ends a broken stream with an error and without [DONE]', async () => {
    seed.others.behave({ fault: { kind: 'truncate', afterChunks: 1 } });
    const stream = await account.client.openStream('/api/chat/stream', EXAMPLE);
    const frames = await framesOf(stream);
    expect(frames.at(-1)).toEqual({ error: expect.any(String) as string });
    expect(stream.received().toString()).not.toContain('[DONE]');
  });
});
