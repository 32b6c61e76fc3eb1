import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { embed, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { MODEL, PARAMETERS, PIECES, SAID, TOOL_CALL, SdkScene, thrownBy } from '../support/sdk-scene.js';

jest.setTimeout(60_000);

const scene = new SdkScene();

describe('ai with its OpenAI-compatible provider', () => {
  const provider = (apiKey = scene.account.key) =>
    createOpenAICompatible({ name: 'gatehouse', baseURL: scene.baseURL, apiKey, includeUsage: true });

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
    scene.callToolOnce();
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
    const poor = await scene.gateway.account({ day: 10 });
    const spent = generateText({ model: provider(poor.key)(MODEL), prompt: 'Hello', maxRetries: 0 });
    expect(await thrownBy(spent)).toMatchObject({
      statusCode: 429,
      message: expect.stringContaining('Daily') as string,
    });
  });
});

describe('@langchain/openai', () => {
  const model = (apiKey = scene.account.key) =>
    new ChatOpenAI({ model: MODEL, apiKey, maxRetries: 0, configuration: { baseURL: scene.baseURL } });

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
    scene.gateway.upstream.behave({ toolCall: TOOL_CALL });
    const { name } = TOOL_CALL;
    const withTools = model().bindTools([{ type: 'function', function: { name, parameters: PARAMETERS } }]);
    expect((await withTools.invoke('When?')).tool_calls).toMatchObject([{ name, args: TOOL_CALL.arguments }]);
    scene.gateway.upstream.reset();
    const responding = new ChatOpenAI({
      model: MODEL,
      apiKey: scene.account.key,
      maxRetries: 0,
      configuration: { baseURL: scene.baseURL },
      useResponsesApi: true,
    });
    expect((await responding.invoke('Hello')).text).toBe(SAID);
  });

  it('embeds, and throws its own errors', async () => {
    const embeddings = new OpenAIEmbeddings({
      model: 'text-embedding-3-small',
      apiKey: scene.account.key,
      configuration: { baseURL: scene.baseURL },
      encodingFormat: 'float',
    });
    expect(await embeddings.embedQuery('Hello')).toEqual([0.1, 0.2, 0.3]);
    expect(await thrownBy(model('sk-nobody').invoke('Hello'))).toMatchObject({ status: 401 });
  });
});
