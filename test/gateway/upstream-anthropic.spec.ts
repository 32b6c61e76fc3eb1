import OpenAI from 'openai';
import { FakeAnthropic } from '../support/fake-anthropic.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';

jest.setTimeout(60_000);

const KEY = 'sk-ANTHROPIC';
const MODEL = 'claude-sonnet-4-5';
/** 10 new, 30 read from the cache and 2 written to it. */
const PROMPT_TOKENS = 42;
const COMPLETION_TOKENS = 7;
const TOOL = { name: 'find_train', input: { from: 'Zürich HB', count: 3 } };
const TOOLS = [{ type: 'function' as const, function: { name: TOOL.name, parameters: { type: 'object' } } }];

let gateway: Gateway;
let anthropic: FakeAnthropic;
let account: TestAccount;
let openai: OpenAI;

beforeAll(async () => {
  anthropic = await FakeAnthropic.start();
  gateway = await Gateway.start({ env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: anthropic.url } });
});
beforeEach(async () => {
  anthropic.reset();
  account = await gateway.account({ day: 1_000_000 });
  openai = new OpenAI({ baseURL: `${gateway.client().baseUrl}/v1`, apiKey: account.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.stop();
  await anthropic.stop();
});

describe('an OpenAI client with an Anthropic upstream', () => {
  it('gets a chat, and pays for cached tokens what these cost', async () => {
    const messages = [
      { role: 'system' as const, content: 'Be brief' },
      { role: 'user' as const, content: 'Hello' },
    ];
    const { choices, usage } = await openai.chat.completions.create({ model: MODEL, messages, max_tokens: 50 });
    expect(choices).toMatchObject([{ message: { role: 'assistant', content: 'Grüezi 👋🏽' }, finish_reason: 'stop' }]);
    expect(usage).toMatchObject({
      prompt_tokens: PROMPT_TOKENS,
      completion_tokens: COMPLETION_TOKENS,
      total_tokens: 49,
    });
    expect(anthropic.lastRequest).toMatchObject({
      path: '/v1/messages',
      headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' },
      json: {
        model: MODEL,
        max_tokens: 50,
        system: [{ type: 'text', text: 'Be brief' }],
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
      },
    });
    expect(JSON.stringify(anthropic.lastRequest?.headers)).not.toContain(account.key);

    await gateway.ledgerOf(account, 1);
    const [row] = await gateway.books.query(
      `SELECT provider, usage_source, prompt_tokens, cached_prompt_tokens, completion_tokens, cost_nano_usd::int AS cost
         FROM ledger WHERE user_id = $1`,
      [account.id],
    );
    expect(row).toEqual({
      provider: 'anthropic',
      usage_source: 'upstream',
      prompt_tokens: PROMPT_TOKENS,
      cached_prompt_tokens: 30,
      completion_tokens: COMPLETION_TOKENS,
      cost: 12 * 3_000 + 30 * 300 + COMPLETION_TOKENS * 15_000,
    });
    await gateway.balanced(account);
  });

  it('gets a stream, with usage when it asks', async () => {
    const stream = await openai.chat.completions.create({
      ...chat({ model: MODEL }),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe('Grüezi 👋🏽');
    expect(usage).toMatchObject({ prompt_tokens: PROMPT_TOKENS, completion_tokens: COMPLETION_TOKENS });
    expect(await gateway.balanced(account)).toBe(PROMPT_TOKENS + COMPLETION_TOKENS);
  });

  it('gets a tool call, whole and streamed, and sends its result', async () => {
    anthropic.behave({ tool: TOOL });
    const question = { ...chat({ model: MODEL }), tools: TOOLS };
    const whole = await openai.chat.completions.create(question);
    const streamed = await openai.chat.completions.stream({ ...question, stream: true }).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      const call = choices[0]?.message.tool_calls?.[0];
      if (call?.type !== 'function') throw new Error('no call of a function');
      expect([call.id, call.function.name, choices[0]?.finish_reason]).toEqual(['toolu_1', TOOL.name, 'tool_calls']);
      expect(JSON.parse(call.function.arguments)).toEqual(TOOL.input);
    }
    anthropic.behave({});
    const message = whole.choices[0]?.message;
    if (message === undefined) throw new Error('no message');
    const result = { role: 'tool' as const, tool_call_id: 'toolu_1', content: '08:02' };
    await openai.chat.completions.create({ ...question, messages: [...question.messages, message, result] });
    expect(anthropic.lastRequest?.json.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'text' }, { type: 'tool_use', id: 'toolu_1', ...TOOL }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ text: '08:02' }] }] },
    ]);
  });

  it.each([
    [429, 429, 'upstream_rate_limited', 2],
    [529, 503, 'upstream_unavailable', 2],
    [401, 502, 'upstream_auth_failed', 1],
    [400, 400, 'upstream_bad_request', 1],
  ])('gets our error for a status %i', async (status, ours, code, attempts) => {
    anthropic.behave({ status });
    for (const stream of [false, true]) {
      const { body, ...answer } = await account.client.post<{ error: { code: string } }>(
        CHAT,
        chat({ model: MODEL, stream }),
      );
      expect({ status: answer.status, code: body.error.code }).toEqual({ status: ours, code });
      expect(JSON.stringify(body)).not.toContain(KEY);
    }
    expect(anthropic.requests).toHaveLength(2 * attempts);
    expect(await gateway.balanced(account)).toBe(0);
  });

  it('sees a stream that fails in the middle fail, and pays for what it got', async () => {
    anthropic.behave({ errorEvent: true });
    const stream = await account.client.openStream(CHAT, chat({ model: MODEL, stream: true }));
    const events = await stream.rest();
    expect(events).not.toContain('[DONE]');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ error: { code: 'upstream_error' } });
    const [row] = await gateway.ledgerOf(account, 1);
    expect(row).toMatchObject({ status: 'upstream_error', usageSource: 'counted' });
    expect(await gateway.balanced(account)).toBeGreaterThan(0);
  });

  it('is not charged by poisoned usage, which is flagged', async () => {
    anthropic.behave({ usage: { input_tokens: -1_000, cache_read_input_tokens: 2_000, output_tokens: 5 } });
    for (const stream of [false, true]) {
      const answer = await account.client.openStream(CHAT, chat({ model: MODEL, stream }));
      expect(answer.status).toBe(200);
      await answer.rest();
    }
    const rows = await gateway.ledgerOf(account, 2);
    for (const row of rows) expect(row).toMatchObject({ usageSource: 'counted', errorCode: 'upstream_usage_refused' });
    expect(await gateway.balanced(account)).toBeLessThan(200);
  });

  it('is told which field cannot be said there', async () => {
    const { status, body } = await account.client.post(CHAT, chat({ model: MODEL, n: 2 }));
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { code: 'unsupported_feature', param: 'n' } },
    });
    expect(anthropic.requests).toHaveLength(0);
    expect(await gateway.balanced(account)).toBe(0);
  });
});

it('never logs the key', () => {
  expect(gateway.output()).not.toContain(KEY);
});
