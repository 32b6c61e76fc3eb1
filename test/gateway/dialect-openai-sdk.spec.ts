import OpenAI from 'openai';
import { MODEL, PARAMETERS, PIECES, SAID, TOOL_CALL, SdkScene, thrownBy } from '../support/sdk-scene.js';

jest.setTimeout(60_000);

const scene = new SdkScene();

describe('openai', () => {
  const client = (apiKey = scene.account.key) => new OpenAI({ baseURL: scene.baseURL, apiKey, maxRetries: 0 });

  it('responds, whole and streamed', async () => {
    const question = { model: MODEL, instructions: 'Be brief', input: 'Hello', max_output_tokens: 50 };
    const whole = await client().responses.create(question);
    expect(whole).toMatchObject({ object: 'response', status: 'completed', model: MODEL, output_text: SAID });
    expect(whole.usage).toMatchObject({ input_tokens: 25, output_tokens: 3, total_tokens: 28 });
    expect(scene.gateway.upstream.lastRequest?.json).toMatchObject({
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
    scene.callToolOnce();
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
    expect(scene.gateway.upstream.lastRequest?.json?.messages).toMatchObject([
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
    scene.gateway.upstream.behave({ completionTokens: 'max_tokens' });
    const cut = await client().responses.create({ model: MODEL, input: 'Hi', max_output_tokens: 3 });
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    scene.gateway.upstream.behave({ fault: { kind: 'truncate', afterChunks: 1 } });
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
    expect(scene.gateway.upstream.lastRequest?.path).toBe('/v1/completions');
    expect(scene.gateway.upstream.lastRequest?.json).toMatchObject({ ...prompt, max_tokens: 16 });
    expect(await scene.gateway.balanced(scene.account)).toBe(56);
    const rows = await scene.gateway.ledger(scene.account);
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
      expect(scene.gateway.upstream.lastRequest?.json?.input).toEqual(input);
    }
    const rows = await scene.gateway.ledger(scene.account);
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
