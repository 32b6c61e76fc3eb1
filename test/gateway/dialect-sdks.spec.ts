import Anthropic from '@anthropic-ai/sdk';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { embed, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { Gateway, type TestAccount } from '../support/gateway.js';

jest.setTimeout(60_000);

const MODEL = 'gpt-4o-mini';
const PIECES = ['Grüezi', ' mitenand', ' 👋🏽'];
const SAID = PIECES.join('');
const TOOL_CALL = { name: 'find_train', arguments: { from: 'Zürich HB', count: 3 } };
const PARAMETERS = {
  type: 'object' as const,
  properties: { from: { type: 'string' as const }, count: { type: 'integer' as const } },
};

let gateway: Gateway;
let account: TestAccount;
let baseURL: string;

beforeAll(async () => {
  gateway = await Gateway.start({ upstream: { content: PIECES } });
  baseURL = `${gateway.client().baseUrl}/v1`;
});
beforeEach(async () => {
  gateway.upstream.reset();
  account = await gateway.account({ day: 1_000_000 });
});
afterEach(() => gateway.balanced(account));
afterAll(() => gateway.stop());

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A model that calls the tool at first and talks once it has a result. */
function callToolOnce(): void {
  gateway.upstream.behave(({ json }) => {
    const hasResult = JSON.stringify(json?.messages).includes('"role":"tool"');
    return hasResult ? {} : { toolCall: TOOL_CALL };
  });
}

describe('openai', () => {
  const client = (apiKey = account.key) => new OpenAI({ baseURL, apiKey, maxRetries: 0 });

  it('responds, whole and streamed', async () => {
    const question = { model: MODEL, instructions: 'Be brief', input: 'Hello', max_output_tokens: 50 };
    const whole = await client().responses.create(question);
    expect(whole).toMatchObject({ object: 'response', status: 'completed', model: MODEL, output_text: SAID });
    expect(whole.usage).toMatchObject({ input_tokens: 25, output_tokens: 3, total_tokens: 28 });
    expect(gateway.upstream.lastRequest?.json).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hello' },
      ],
      max_tokens: 50,
    });

    const types: string[] = [];
    const stream = client().responses.stream(question);
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      ...PIECES.map(() => 'response.output_text.delta'),
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const final = await stream.finalResponse();
    expect(final.output_text).toBe(SAID);
    expect(final.usage).toEqual(whole.usage);
  });

  it('calls functions through responses, and sends their results', async () => {
    callToolOnce();
    const tools = [{ type: 'function' as const, name: 'find_train', parameters: PARAMETERS, strict: null }];
    const whole = await client().responses.create({ model: MODEL, input: 'When?', tools });
    const streamed = await client().responses.stream({ model: MODEL, input: 'When?', tools }).finalResponse();
    for (const { output } of [whole, streamed]) {
      const [call] = output;
      expect(call).toMatchObject({ type: 'function_call', call_id: 'call_fake1', name: 'find_train' });
      expect(call?.type === 'function_call' && JSON.parse(call.arguments)).toEqual(TOOL_CALL.arguments);
    }
    const input: OpenAI.Responses.ResponseInput = [
      { role: 'user', content: [{ type: 'input_text', text: 'When?' }] },
      ...(whole.output as OpenAI.Responses.ResponseFunctionToolCall[]),
      { type: 'function_call_output', call_id: 'call_fake1', output: '08:02' },
    ];
    expect((await client().responses.create({ model: MODEL, input, tools })).output_text).toBe(SAID);
    expect(gateway.upstream.lastRequest?.json?.messages).toMatchObject([
      { role: 'user', content: [{ type: 'text', text: 'When?' }] },
      { role: 'assistant', tool_calls: [{ id: 'call_fake1', function: { name: 'find_train' } }] },
      { role: 'tool', tool_call_id: 'call_fake1', content: '08:02' },
    ]);
  });

  it('gets its errors from responses: refused features, wrong keys, cut and broken answers', async () => {
    const stored = await thrownBy(
      client().responses.create({ model: MODEL, input: 'Hi', previous_response_id: 'resp_1' }),
    );
    expect(stored).toBeInstanceOf(OpenAI.BadRequestError);
    expect(stored).toMatchObject({ code: 'unsupported_feature', param: 'previous_response_id' });
    const search = client().responses.create({ model: MODEL, input: 'Hi', tools: [{ type: 'web_search' }] });
    expect(await thrownBy(search)).toMatchObject({ status: 400, param: 'tools[0].type' });
    expect(await thrownBy(client('sk-nobody').responses.create({ model: MODEL, input: 'Hi' }))).toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    gateway.upstream.behave({ completionTokens: 'max_tokens' });
    const cut = await client().responses.create({ model: MODEL, input: 'Hi', max_output_tokens: 3 });
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    gateway.upstream.behave({ fault: { kind: 'truncate', afterChunks: 1 } });
    const broken = thrownBy(client().responses.stream({ model: MODEL, input: 'Hi' }).finalResponse());
    expect(await broken).toMatchObject({ message: expect.stringContaining('upstream') as string });
  });

  it('completes a prompt, whole and streamed', async () => {
    const prompt = { model: MODEL, prompt: 'Once upon a time' };
    const whole = await client().completions.create({ ...prompt, max_tokens: 20 });
    expect(whole.choices[0]).toMatchObject({ text: SAID, finish_reason: 'stop' });
    let text = '';
    for await (const chunk of await client().completions.create({ ...prompt, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    expect(text).toBe(SAID);
    expect(gateway.upstream.lastRequest?.path).toBe('/v1/completions');
    expect(gateway.upstream.lastRequest?.json).toMatchObject({ ...prompt, max_tokens: 16 });
    expect(await gateway.balanced(account)).toBe(56);
    const rows = await gateway.ledger(account);
    expect(rows.map(({ usageSource }) => usageSource)).toEqual(['upstream', 'upstream']);
  });

  it('embeds texts and token ids, and pays for the input only', async () => {
    for (const input of ['Hello', ['Hello', 'World'], [1, 2, 3]]) {
      const { data } = await client().embeddings.create({
        model: 'text-embedding-3-small',
        input,
        encoding_format: 'float',
      });
      expect(data[0]?.embedding).toEqual([0.1, 0.2, 0.3]);
      expect(gateway.upstream.lastRequest?.json?.input).toEqual(input);
    }
    const rows = await gateway.ledger(account);
    expect(rows).toHaveLength(3);
    expect(rows).toMatchObject(Array(3).fill({ promptTokens: 25, completionTokens: 0, usageSource: 'upstream' }));
    const wrong = client().embeddings.create({ model: 'text-embedding-3-small', input: [] });
    expect(await thrownBy(wrong)).toMatchObject({ status: 400, param: 'input' });
  });

  it('finds one model, whatever its name', async () => {
    expect(await client().models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: 'model', owned_by: 'openai' });
    expect(await thrownBy(client().models.retrieve('no/such/model'))).toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

describe('@anthropic-ai/sdk', () => {
  const client = (apiKey = account.key) => new Anthropic({ baseURL: gateway.client().baseUrl, apiKey, maxRetries: 0 });
  const question = { model: MODEL, max_tokens: 50, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const tools = [{ name: 'find_train', description: 'Finds a train', input_schema: PARAMETERS }];

  it('gets a message, whole and streamed, with cached tokens apart from the input', async () => {
    gateway.upstream.behave({ cachedTokens: 10 });
    const usage = {
      input_tokens: 15,
      output_tokens: 3,
      cache_read_input_tokens: 10,
      cache_creation_input_tokens: 0,
    };
    const asked = { ...question, system: 'Be brief', stop_sequences: ['END'], temperature: 0.5 };
    const whole = await client().messages.create(asked);
    expect(whole).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [{ type: 'text', text: SAID }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
    });
    expect(gateway.upstream.lastRequest?.json).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hello' },
      ],
      max_tokens: 50,
      stop: ['END'],
      temperature: 0.5,
    });

    const names: string[] = [];
    const stream = client().messages.stream(asked);
    for await (const event of stream) names.push(event.type);
    expect(names).toEqual([
      'message_start',
      'content_block_start',
      ...PIECES.map(() => 'content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(await stream.finalMessage()).toMatchObject({ content: [{ text: SAID }], stop_reason: 'end_turn', usage });
    const [row] = await gateway.ledger(account);
    expect(row).toMatchObject({ promptTokens: 25, completionTokens: 3 });
  });

  it('ends its stream with message_stop, and never with [DONE]', async () => {
    const stream = await account.client.openStream('/v1/messages', { ...question, stream: true });
    await stream.rest();
    const text = stream.received().toString();
    expect(text).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
    expect(text).not.toContain('[DONE]');
  });

  it('calls tools, whole and streamed, and sends results and images', async () => {
    callToolOnce();
    const asked = { ...question, tools, tool_choice: { type: 'any' as const } };
    const whole = await client().messages.create(asked);
    const streamed = await client().messages.stream(asked).finalMessage();
    for (const { content, stop_reason } of [whole, streamed]) {
      expect(stop_reason).toBe('tool_use');
      expect(content).toEqual([expect.objectContaining({ type: 'tool_use', id: 'call_fake1', name: 'find_train' })]);
      expect(content[0]?.type === 'tool_use' && content[0].input).toEqual(TOOL_CALL.arguments);
    }
    expect(gateway.upstream.lastRequest?.json).toMatchObject({
      tool_choice: 'required',
      tools: [{ type: 'function', function: { name: 'find_train', parameters: PARAMETERS } }],
    });
    const answered = await client().messages.create({
      ...asked,
      tool_choice: { type: 'auto' },
      messages: [
        ...question.messages,
        { role: 'assistant', content: whole.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_fake1', content: '08:02' },
            { type: 'text', text: 'And this?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          ],
        },
      ],
    });
    expect(answered.content).toEqual([expect.objectContaining({ type: 'text', text: SAID })]);
    expect(gateway.upstream.lastRequest?.json?.messages).toEqual([
      { role: 'user', content: 'Hello' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_fake1',
            type: 'function',
            function: { name: 'find_train', arguments: JSON.stringify(TOOL_CALL.arguments) },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_fake1', content: '08:02' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ]);
  });

  it('throws its own errors, with a request id', async () => {
    const wrongKey = await thrownBy(client('sk-nobody').messages.create(question));
    expect(wrongKey).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(wrongKey).toMatchObject({
      error: { type: 'error', error: { type: 'authentication_error' }, request_id: expect.any(String) as string },
      requestID: expect.any(String) as string,
    });
    const unknown = await thrownBy(client().messages.create({ ...question, model: 'no-such-model' }));
    expect(unknown).toBeInstanceOf(Anthropic.NotFoundError);
    expect(unknown).toMatchObject({ error: { error: { type: 'not_found_error' } } });
    const { max_tokens, ...unlimited } = question;
    expect(await account.client.post('/v1/messages', unlimited)).toMatchObject({
      status: 400,
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message: expect.stringContaining('max_tokens') as string },
      },
    });
    expect(max_tokens).toBe(50);
    const poor = await gateway.account({ day: 10 });
    const spent = await thrownBy(client(poor.key).messages.create(question));
    expect(spent).toBeInstanceOf(Anthropic.RateLimitError);
    gateway.upstream.behave({ fault: { kind: 'status', status: 503 } });
    expect(await thrownBy(client().messages.create(question))).toMatchObject({
      status: 503,
      error: { error: { type: 'overloaded_error' } },
    });
    gateway.upstream.behave({ fault: { kind: 'truncate', afterChunks: 2 } });
    const broken = await thrownBy(client().messages.stream(question).finalMessage());
    expect(broken).toBeInstanceOf(Anthropic.APIError);
    expect(broken).toMatchObject({ error: { error: { type: 'api_error' } } });
  });
});

describe('ai with its OpenAI-compatible provider', () => {
  const provider = (apiKey = account.key) =>
    createOpenAICompatible({ name: 'gatehouse', baseURL, apiKey, includeUsage: true });

  it('chats, whole and streamed', async () => {
    const { text, usage, finishReason } = await generateText({ model: provider()(MODEL), prompt: 'Hello' });
    expect([text, finishReason, usage.inputTokens, usage.outputTokens]).toEqual([SAID, 'stop', 25, 3]);
    const stream = streamText({ model: provider()(MODEL), prompt: 'Hello' });
    const pieces: string[] = [];
    for await (const piece of stream.textStream) pieces.push(piece);
    expect(pieces).toEqual(PIECES);
    expect((await stream.usage).totalTokens).toBe(28);
  });

  it('runs tools', async () => {
    callToolOnce();
    const found: unknown[] = [];
    const { text } = await generateText({
      model: provider()(MODEL),
      prompt: 'When?',
      tools: {
        find_train: tool({
          inputSchema: jsonSchema<typeof TOOL_CALL.arguments>(PARAMETERS),
          execute: (input) => {
            found.push(input);
            return '08:02';
          },
        }),
      },
      stopWhen: stepCountIs(2),
    });
    expect([text, found]).toEqual([SAID, [TOOL_CALL.arguments]]);
  });

  it('embeds, and throws its own errors', async () => {
    const { embedding } = await embed({ model: provider().embeddingModel('text-embedding-3-small'), value: 'Hello' });
    expect(embedding).toEqual([0.1, 0.2, 0.3]);
    const refused = generateText({ model: provider('sk-nobody')(MODEL), prompt: 'Hello', maxRetries: 0 });
    expect(await thrownBy(refused)).toMatchObject({ name: 'AI_APICallError', statusCode: 401, isRetryable: false });
    const poor = await gateway.account({ day: 10 });
    const spent = generateText({ model: provider(poor.key)(MODEL), prompt: 'Hello', maxRetries: 0 });
    expect(await thrownBy(spent)).toMatchObject({
      statusCode: 429,
      message: expect.stringContaining('Daily') as string,
    });
  });
});

describe('@langchain/openai', () => {
  const model = (apiKey = account.key) =>
    new ChatOpenAI({ model: MODEL, apiKey, maxRetries: 0, configuration: { baseURL } });

  it('chats, whole and streamed', async () => {
    const { content, usage_metadata } = await model().invoke('Hello');
    expect([content, usage_metadata?.total_tokens]).toEqual([SAID, 28]);
    let streamed = '';
    for await (const chunk of await model().stream('Hello')) {
      streamed += typeof chunk.content === 'string' ? chunk.content : '';
    }
    expect(streamed).toBe(SAID);
  });

  it('calls tools, and answers through responses', async () => {
    gateway.upstream.behave({ toolCall: TOOL_CALL });
    const { name } = TOOL_CALL;
    const withTools = model().bindTools([{ type: 'function', function: { name, parameters: PARAMETERS } }]);
    expect((await withTools.invoke('When?')).tool_calls).toMatchObject([{ name, args: TOOL_CALL.arguments }]);
    gateway.upstream.reset();
    const responding = new ChatOpenAI({
      model: MODEL,
      apiKey: account.key,
      maxRetries: 0,
      configuration: { baseURL },
      useResponsesApi: true,
    });
    expect((await responding.invoke('Hello')).text).toBe(SAID);
  });

  it('embeds, and throws its own errors', async () => {
    const embeddings = new OpenAIEmbeddings({
      model: 'text-embedding-3-small',
      apiKey: account.key,
      configuration: { baseURL },
      encodingFormat: 'float',
    });
    expect(await embeddings.embedQuery('Hello')).toEqual([0.1, 0.2, 0.3]);
    expect(await thrownBy(model('sk-nobody').invoke('Hello'))).toMatchObject({ status: 401 });
  });
});
