import OpenAI from 'openai';
import { chat, CHAT, Gateway, type TestAccount, UPSTREAM_SECRET } from '../support/gateway.js';

jest.setTimeout(60_000);

const ANSWER = ['Grüezi', ' – ', '你好', ' 👋🏽', '\n"quoted" \\ and \u2028 done'];
const TOOL = {
  type: 'function' as const,
  function: {
    name: 'find_train',
    description: 'Finds a train',
    parameters: { type: 'object', properties: { from: { type: 'string' }, count: { type: 'integer' } } },
  },
};
const TOOL_CALL = { name: 'find_train', arguments: { from: 'Zürich HB', count: 3 } };

interface Quota {
  used: number;
  held: number;
  limit: number | null;
  remaining: number | null;
}

let gateway: Gateway;
let account: TestAccount;
let openai: OpenAI;

beforeAll(async () => {
  gateway = await Gateway.start({ upstream: { content: ANSWER } });
});
beforeEach(async () => {
  gateway.upstream.reset();
  account = await gateway.account({ day: 1_000_000, month: 2_000_000, lifetime: 3_000_000 });
  openai = new OpenAI({ baseURL: `${gateway.client().baseUrl}/v1`, apiKey: account.key, maxRetries: 0 });
});
afterAll(() => gateway.stop());

/** What the upstream was sent, without the three members that the gateway sets itself. */
function passedOn(): Record<string, unknown> {
  const { model, max_tokens, stream_options, ...others } = gateway.upstream.lastRequest?.json ?? {};
  expect(typeof model).toBe('string');
  return others;
}

async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the official SDK', () => {
  it('gets a chat as the upstream sent it', async () => {
    const { data, response } = await openai.chat.completions.create(chat()).withResponse();
    expect(data.choices[0]?.message.content).toBe(ANSWER.join(''));
    expect(data.choices[0]?.finish_reason).toBe('stop');
    expect(data.usage).toEqual({ prompt_tokens: 25, completion_tokens: 5, total_tokens: 30 });
    expect(response.headers.get('x-request-id')).toBeTruthy();
    expect(gateway.upstream.lastRequest?.headers.authorization).toBe(`Bearer ${UPSTREAM_SECRET}`);
    expect(JSON.stringify(gateway.upstream.lastRequest?.headers)).not.toContain(account.key);
  });

  it.each([
    ['as usual', {}],
    ['with CRLF, comments and characters cut in two', { crlf: true, comments: true, oddSplits: true }],
    ['with usage in the last chunk', { usagePlace: 'last' as const }],
    ['with usage in every chunk', { usagePlace: 'every' as const }],
  ])('gets a stream as the upstream sent it, %s, and usage only when asked', async (_name, style) => {
    gateway.upstream.behave(style);
    let content = '';
    for await (const chunk of await openai.chat.completions.create({ ...chat(), stream: true })) {
      expect(chunk.choices).toHaveLength(1);
      content += chunk.choices[0]?.delta.content ?? '';
    }
    expect(content).toBe(ANSWER.join(''));

    let usage: unknown;
    const asked = { ...chat(), stream: true as const, stream_options: { include_usage: true } };
    for await (const chunk of await openai.chat.completions.create(asked)) usage = chunk.usage ?? usage;
    expect(usage).toEqual({ prompt_tokens: 25, completion_tokens: 5, total_tokens: 30 });
    expect(await gateway.balanced(account)).toBe(60);
  });

  it('gets a tool call, whole and streamed, and sends its result', async () => {
    gateway.upstream.behave({ toolCall: TOOL_CALL });
    const question = { ...chat(), tools: [TOOL], tool_choice: 'auto' as const };
    const whole = await openai.chat.completions.create(question);
    const streamed = await openai.chat.completions.stream({ ...question, stream: true }).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      const call = choices[0]?.message.tool_calls?.[0];
      if (call?.type !== 'function') throw new Error('no call of a function');
      expect([call.id, call.function.name, choices[0]?.finish_reason]).toEqual([
        'call_fake1',
        'find_train',
        'tool_calls',
      ]);
      expect(JSON.parse(call.function.arguments)).toEqual(TOOL_CALL.arguments);
    }

    gateway.upstream.behave({ toolCall: undefined });
    const message = whole.choices[0]?.message;
    if (message === undefined) throw new Error('no message');
    const withResult = {
      ...question,
      messages: [
        ...question.messages,
        message,
        { role: 'tool' as const, tool_call_id: 'call_fake1', content: '08:02' },
      ],
    };
    const answer = await openai.chat.completions.create(withResult);
    expect(answer.choices[0]?.message.content).toBe(ANSWER.join(''));
    expect(passedOn().messages).toEqual(withResult.messages);
  });

  it('lists the models', async () => {
    const { data } = await openai.models.list();
    const ids = data.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['gpt-4o-mini', 'gpt-4o', 'gpt-4']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(data[0]).toMatchObject({ object: 'model' });
  });

  it('throws its own errors for a wrong key, an unknown model and a stream that breaks off', async () => {
    const stranger = openai.withOptions({ apiKey: 'sk-nobody' });
    const refused = await thrownBy(stranger.chat.completions.create(chat()));
    expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(refused).toMatchObject({ status: 401, code: 'invalid_api_key' });

    const unknown = await thrownBy(openai.chat.completions.create(chat({ model: 'no-such-model' })));
    expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(unknown).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });

    gateway.upstream.behave({ fault: { kind: 'truncate' } });
    const stream = await openai.chat.completions.create({ ...chat(), stream: true });
    const broken = await thrownBy(textOf(stream));
    expect(broken).toBeInstanceOf(OpenAI.APIError);
    expect(broken).toMatchObject({ code: 'upstream_connection_lost', type: 'upstream_error' });
  });
});

describe('the request body', () => {
  it('passes through: tools, response_format, images and fields that nobody knows', async () => {
    const body = {
      ...chat(),
      messages: [
        { role: 'developer', content: 'Be brief' },
        {
          role: 'user',
          name: 'Ada',
          content: [
            { type: 'text', text: 'What is this? \u0000 \u2028 🙂' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'https://images.example/cat.png' } },
          ],
        },
      ],
      tools: [TOOL, { type: 'custom', custom: { name: 'code' } }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'animal', strict: true, schema: { type: 'object' } },
      },
      temperature: 0.7,
      stop: ['\n\n'],
      logit_bias: { '50256': -100 },
      metadata: { run: '7' },
      x_vendor: { nested: [{ deep: null }, [], 1.5] },
    };
    const { max_tokens, model, ...others } = body;
    for (const stream of [false, true]) {
      const { status } = await account.client.post(CHAT, { ...body, stream });
      expect(status).toBe(200);
      expect(passedOn()).toEqual({ ...others, stream });
      expect(gateway.upstream.lastRequest?.json).toMatchObject({ model, max_tokens });
    }
  });

  it('keeps its bytes: numbers that JavaScript would round, escapes, order and spacing', async () => {
    const messages = '[ {"role":"user" , "content":"\\u00e9\\/"} ]';
    const odd = '"seed":12345678901234567890, "x_price" : 1.00, "x_big":1e400';
    const { status } = await account.client.post(CHAT, `{"messages":${messages},${odd},"model":"gpt-4o-mini"}`);
    expect(status).toBe(200);
    const sent = gateway.upstream.lastRequest?.rawBody.toString();
    expect(sent).toContain(messages);
    expect(sent).toContain(odd);
  });

  it('never tells the upstream what is meant for the gateway, and always a limit', async () => {
    const ours = { task_id: 7, access_token: 't', api_key: 'k', api_base: 'http://evil', base_url: 'http://evil' };
    const { max_tokens, ...unlimited } = chat();
    expect((await account.client.post(CHAT, { ...unlimited, ...ours })).status).toBe(200);
    expect(max_tokens).toBe(50);
    expect(passedOn()).toEqual({ messages: unlimited.messages });
    expect(gateway.upstream.lastRequest?.json?.max_tokens).toBeGreaterThan(0);
  });

  it('asks for no more than the account can pay for', async () => {
    const poor = await gateway.account({ day: 100 });
    expect((await poor.client.post(CHAT, chat({ max_tokens: 5_000 }))).status).toBe(200);
    const reserve = Number(gateway.upstream.lastRequest?.json?.max_tokens);
    expect(reserve).toBeGreaterThan(0);
    expect(reserve).toBeLessThan(100);
  });
});

describe('the quota', () => {
  it("equals the upstream's own count to the token, over JSON and streams, with usage shown or not", async () => {
    const { upstream } = gateway;
    upstream.behave(({ index }) => ({ promptTokens: 11 * index, completionTokens: 7 * index, cachedTokens: index }));
    const shapes = [
      {},
      { stream: true },
      { stream: true, stream_options: { include_usage: true } },
      { stream: true, stream_options: { include_usage: false } },
      { n: 3 },
    ];
    const calls = Array.from({ length: 40 }, (_, index) => chat(shapes[index % shapes.length]));
    const answers = await Promise.all(calls.map((body) => account.client.post(CHAT, body)));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(upstream.counters).toMatchObject({ requests: 40, completed: 40, totalTokens: 18 * ((40 * 41) / 2) });

    // No waiting: an answer's last byte comes after its bill.
    const { body } = await account.client.get<Record<string, Quota>>('/api/v1/user/quota');
    const used = upstream.counters.totalTokens;
    expect(body.daily).toMatchObject({ used, held: 0, limit: 1_000_000, remaining: 1_000_000 - used });
    expect(body.monthly).toMatchObject({ used, held: 0, limit: 2_000_000, remaining: 2_000_000 - used });
    expect(body.balance).toMatchObject({ used, held: 0, limit: 3_000_000, remaining: 3_000_000 - used });
    expect(await gateway.balanced(account)).toBe(used);

    const usage = await account.client.get<{ openai_tokens_used: number }[]>('/api/v1/user/usage?limit=100');
    expect(usage.body).toHaveLength(40);
    expect(usage.body.reduce((sum, row) => sum + row.openai_tokens_used, 0)).toBe(used);
    const profile = await account.client.get('/api/v1/user/profile');
    expect(profile.body).toMatchObject({ total_requests: 40, total_tokens_used: used, current_daily_usage: used });
  });

  it('falls as it is used, in the headers of every answer', async () => {
    const first = await account.client.post(CHAT, chat());
    const stream = await account.client.openStream(CHAT, chat({ stream: true }));
    await stream.rest();
    for (const headers of [first.headers, stream.headers]) {
      expect(headers['x-ratelimit-limit-tokens']).toBe('1000000');
      expect(headers['x-quota-monthly-limit']).toBe('2000000');
    }
    const remaining = (headers: typeof first.headers): number => Number(headers['x-ratelimit-remaining-tokens']);
    expect(remaining(stream.headers)).toBeLessThan(remaining(first.headers));
    expect(remaining(first.headers)).toBeLessThan(1_000_000);
  });
});

describe('credentials', () => {
  it('are a key as bearer or in X-API-Key, in both at once, or the token of a login', async () => {
    const anonymous = gateway.client();
    const { key } = account;
    const login = { username: 'worker', password: 'correct horse battery' };
    await anonymous.post('/api/auth/register', { ...login, email: 'worker@gatehouse.test' });
    const { body } = await anonymous.post<{ access_token: string }>('/api/auth/login', login);
    const ways: Record<string, string>[] = [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer ${key}` },
      { 'x-api-key': key },
      { 'x-api-key': key, authorization: `Bearer ${key}` },
      { authorization: `Bearer ${body.access_token}` },
    ];
    for (const headers of ways) {
      const who = anonymous.with(headers);
      expect((await who.post(CHAT, chat())).status).toBe(200);
      expect((await who.post(`/api${CHAT}`, chat({ stream: true }))).status).toBe(200);
      expect((await who.get('/v1/models')).status).toBe(200);
      expect((await who.get('/api/v1/user/quota')).status).toBe(200);
    }
    await gateway.ledgerOf(account, 8);
    await gateway.balanced(account);
  });
});
