import Anthropic from '@anthropic-ai/sdk';
import { MODEL, PARAMETERS, PIECES, SAID, TOOL_CALL, SdkScene, thrownBy } from '../support/sdk-scene.js';

jest.setTimeout(60_000);

const scene = new SdkScene();

describe('@anthropic-ai/sdk', () => {
  const client = (apiKey = scene.account.key) =>
    new Anthropic({ baseURL: scene.gateway.client().baseUrl, apiKey, maxRetries: 0 });
  const question = { model: MODEL, max_tokens: 50, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const tools = [{ name: 'find_train', description: 'Finds a train', input_schema: PARAMETERS }];

  it('gets a message, whole and streamed, with cached tokens apart from the input', async () => {
    scene.gateway.upstream.behave({ cachedTokens: 10 });
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
    expect(scene.gateway.upstream.lastRequest?.json).toMatchObject({
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
    const [row] = await scene.gateway.ledger(scene.account);
    expect(row).toMatchObject({ promptTokens: 25, completionTokens: 3 });
  });

  it('ends its stream with message_stop, and never with [DONE]', async () => {
    const stream = await scene.account.client.openStream('/v1/messages', { ...question, stream: true });
    await stream.rest();
    const text = stream.received().toString();
    expect(text).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
    expect(text).not.toContain('[DONE]');
  });

  it('calls tools, whole and streamed, and sends results and images', async () => {
    scene.callToolOnce();
    const asked = { ...question, tools, tool_choice: { type: 'any' as const } };
    const whole = await client().messages.create(asked);
    const streamed = await client().messages.stream(asked).finalMessage();
    for (const { content, stop_reason } of [whole, streamed]) {
      expect(stop_reason).toBe('tool_use');
      expect(content).toEqual([expect.objectContaining({ type: 'tool_use', id: 'call_fake1', name: 'find_train' })]);
      expect(content[0]?.type === 'tool_use' && content[0].input).toEqual(TOOL_CALL.arguments);
    }
    expect(scene.gateway.upstream.lastRequest?.json).toMatchObject({
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
    expect(scene.gateway.upstream.lastRequest?.json?.messages).toEqual([
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
    expect(await scene.account.client.post('/v1/messages', unlimited)).toMatchObject({
      status: 400,
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message: expect.stringContaining('max_tokens') as string },
      },
    });
    expect(max_tokens).toBe(50);
    const poor = await scene.gateway.account({ day: 10 });
    const spent = await thrownBy(client(poor.key).messages.create(question));
    expect(spent).toBeInstanceOf(Anthropic.RateLimitError);
    scene.gateway.upstream.behave({ fault: { kind: 'status', status: 503 } });
    expect(await thrownBy(client().messages.create(question))).toMatchObject({
      status: 503,
      error: { error: { type: 'overloaded_error' } },
    });
    scene.gateway.upstream.behave({ fault: { kind: 'truncate', afterChunks: 2 } });
    const broken = await thrownBy(client().messages.stream(question).finalMessage());
    expect(broken).toBeInstanceOf(Anthropic.APIError);
    expect(broken).toMatchObject({ error: { error: { type: 'api_error' } } });
  });
});
