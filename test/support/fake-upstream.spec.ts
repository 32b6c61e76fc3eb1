import OpenAI from 'openai';
import { ApiClient } from './api-client.js';
import { FakeUpstream } from './fake-upstream.js';
import type { UpstreamFault } from './upstream-behaviour.js';

describe('the fake upstream', () => {
  let upstream: FakeUpstream;
  let client: ApiClient;
  let openai: OpenAI;
  const question = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Hello' }] };

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    client = new ApiClient(upstream.url.replace('/v1', ''));
    openai = new OpenAI({ baseURL: upstream.url, apiKey: 'sk-upstream', maxRetries: 0 });
  });
  beforeEach(() => upstream.reset());
  afterAll(async () => {
    await client.close();
    await upstream.stop();
  });

  it('bills JSON answers, streams and embeddings exactly as it tells the OpenAI SDK', async () => {
    upstream.behave((request) => ({ promptTokens: 10 * request.index, completionTokens: 'max_tokens' }));
    const json = await openai.chat.completions.create({ ...question, max_tokens: 7 });
    const stream = await openai.chat.completions.create({
      ...question,
      max_tokens: 9,
      stream: true,
      stream_options: { include_usage: true },
    });
    let told: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) told = chunk.usage ?? told;
    const embedding = await openai.embeddings.create({ model: 'e', input: ['a', 'b'], encoding_format: 'float' });

    expect(json.usage).toEqual({ prompt_tokens: 10, completion_tokens: 7, total_tokens: 17 });
    expect(told).toEqual({ prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 });
    expect(embedding.data).toHaveLength(2);
    await upstream.idle();
    expect(upstream.counters).toMatchObject({ requests: 3, completed: 3, aborted: 0, faulted: 0 });
    expect(upstream.counters).toMatchObject({ promptTokens: 60, completionTokens: 16, totalTokens: 76 });
    expect(upstream.requests[0]?.headers.authorization).toBe('Bearer sk-upstream');
    expect(upstream.requests[0]?.json).toMatchObject({ max_tokens: 7 });
  });

  it('answers with a tool call whose arguments come in pieces', async () => {
    upstream.behave({ toolCall: { name: 'find', arguments: { place: 'Zürich', days: 3 } } });
    const json = await openai.chat.completions.create(question);
    const stream = openai.chat.completions.stream(question);
    const streamed = await stream.finalChatCompletion();

    for (const { choices } of [json, streamed]) {
      const call = choices[0]?.message.tool_calls?.[0];
      expect(call?.type === 'function' && call.function).toMatchObject({
        name: 'find',
        arguments: '{"place":"Zürich","days":3}',
      });
    }
  });

  it.each([
    { name: 'final', options: {}, told: [null, null, null, true] },
    { name: 'last', options: { usagePlace: 'last' as const }, told: [null, null, true] },
    { name: 'every', options: { usagePlace: 'every' as const }, told: [true, true, true] },
    { name: 'not asked', options: { usage: 'asked' as const }, told: [undefined, undefined, undefined] },
  ])('tells usage where it should: $name', async ({ options, told }) => {
    upstream.behave({ ...options, chunkCount: 2 });
    const stream = await client.openStream('/v1/chat/completions', { ...question, stream: true });
    const events = await stream.rest();

    expect(events.pop()).toBe('[DONE]');
    const usages = events.map((data) => (JSON.parse(data) as { usage?: object | null }).usage);
    expect(usages.map((usage) => (usage ? true : usage))).toEqual(told);
  });

  it('keeps text whole over odd splits, CRLF, comments and a huge line', async () => {
    upstream.behave({ content: ['Grüße, ', '世界 🌍'], oddSplits: true, crlf: true, comments: true });
    upstream.behave({ hugeLineBytes: 2_000_000 });
    const stream = await openai.chat.completions.create({ ...question, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';

    expect(text).toBe('Grüße, 世界 🌍' + 'x'.repeat(2_000_000));
  });

  it('counts a client that hangs up as aborted and stops producing for it', async () => {
    upstream.behave({ chunkCount: 10_000, chunkDelayMs: 5 });
    const stream = await client.openStream('/v1/chat/completions', { ...question, stream: true });
    for (let count = 0; count < 3; count++) await stream.next();
    expect(upstream.counters.inFlight).toBe(1);
    stream.hangUp();
    await upstream.idle();

    expect(upstream.counters).toMatchObject({ aborted: 1, completed: 0, totalTokens: 0 });
    expect(upstream.counters.abortedChunks).toBeGreaterThanOrEqual(3);
    expect(upstream.counters.abortedChunks).toBeLessThan(1_000);
    expect(upstream.counters.abortedAt).toHaveLength(1);
  });

  it('stops producing while the reader does not read', async () => {
    upstream.behave({ content: 'y'.repeat(100_000), chunkCount: 1_000 });
    const stream = await client.openStream('/v1/chat/completions', { ...question, stream: true });
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 200));

    expect(upstream.lastRequest?.chunksWritten).toBeLessThan(500);
    expect(upstream.lastRequest?.outcome).toBe('open');
    stream.hangUp();
    await upstream.idle();
  });

  it('holds answers at the gate', async () => {
    const gate = upstream.gate();
    const answers = [1, 2, 3].map(() => openai.chat.completions.create(question));
    await gate.waiting(3);
    expect(upstream.counters).toMatchObject({ inFlight: 3, maxInFlight: 3, completed: 0 });
    gate.release();
    await Promise.all(answers);
    await upstream.idle();
    expect(upstream.counters.completed).toBe(3);
  });

  const faults: UpstreamFault[] = [
    { kind: 'status', status: 429, retryAfter: '7' },
    { kind: 'html' },
    { kind: 'reset' },
    { kind: 'truncate' },
    { kind: 'midreset' },
    { kind: 'miderror' },
    { kind: 'badlength' },
  ];
  it.each(faults)('never looks complete, and bills nothing, with the fault $kind', async (fault) => {
    upstream.behave({ fault });
    await expect(openai.chat.completions.create(question)).rejects.toThrow();
    const events = await client
      .openStream('/v1/chat/completions', { ...question, stream: true })
      .then((stream) => stream.rest())
      .catch((error: unknown) => [String(error)]);
    await upstream.idle();

    expect(events).not.toContain('[DONE]');
    expect(upstream.counters).toMatchObject({ requests: 2, faulted: 2, completed: 0, totalTokens: 0 });
  });

  it('tells poisoned usage while it counts the truth', async () => {
    upstream.behave({ toldUsage: { prompt_tokens: -1, completion_tokens: 1e12, total_tokens: 'many' } });
    const { usage } = await openai.chat.completions.create(question);
    await upstream.idle();

    expect(usage).toEqual({ prompt_tokens: -1, completion_tokens: 1e12, total_tokens: 'many' });
    expect(upstream.counters).toMatchObject({ promptTokens: 25, completionTokens: 5, totalTokens: 30 });
  });

  it('never answers a client with the fault hang', async () => {
    upstream.behave({ fault: { kind: 'hang' } });
    const hungUp = new AbortController();
    const answer = client.json('POST', '/v1/chat/completions', { body: question, signal: hungUp.signal });
    await upstream.received(1);
    hungUp.abort();

    await expect(answer).rejects.toThrow('aborted');
    await upstream.idle();
    expect(upstream.counters).toMatchObject({ aborted: 1, completed: 0 });
  });
});
