import fc from 'fast-check';
import type { JsonObject } from '../../json/json-object.js';
import { messagesRequest } from './messages-request.js';

const ask = (chat: JsonObject) =>
  JSON.parse(
    messagesRequest({
      model: 'claude',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Hi' }],
      ...chat,
    }).toString(),
  ) as JsonObject;
const text = (content: string) => ({ type: 'text', text: content });
const call = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

describe('messagesRequest', () => {
  it('takes a plain request, and nothing that Anthropic does not know', () => {
    expect(ask({ seed: 1, logprobs: true, stream: false, stream_options: { include_usage: true }, x: 1 })).toEqual({
      model: 'claude',
      max_tokens: 10,
      messages: [{ role: 'user', content: [text('Hi')] }],
    });
  });

  it('keeps system and developer messages apart, wherever they stand', () => {
    const messages = [
      { role: 'system', content: 'One' },
      { role: 'user', content: 'Hi' },
      { role: 'developer', content: [{ type: 'text', text: 'Two', cache_control: { type: 'ephemeral' } }] },
    ];
    const { system, messages: sent } = ask({ messages });
    expect(system).toEqual([text('One'), { ...text('Two'), cache_control: { type: 'ephemeral' } }]);
    expect(sent).toEqual([{ role: 'user', content: [text('Hi')] }]);
    expect(ask({ messages: [{ role: 'system', content: 'Alone' }] })).toMatchObject({
      messages: [{ role: 'user', content: [text('Alone')] }],
    });
  });

  it('translates a turn with parallel tool calls and their results', () => {
    const messages = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: null, tool_calls: [call('a.1', 'find', '{"city":"Bern"}'), call('b', 'find', '')] },
      { role: 'tool', tool_call_id: 'a.1', content: 'sun' },
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'rain' }] },
      { role: 'user', content: 'Thanks' },
    ];
    expect(ask({ messages }).messages).toEqual([
      { role: 'user', content: [text('Weather?')] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a_1', name: 'find', input: { city: 'Bern' } },
          { type: 'tool_use', id: 'b', name: 'find', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a_1', content: [text('sun')] },
          { type: 'tool_result', tool_use_id: 'b', content: [text('rain')] },
          text('Thanks'),
        ],
      },
    ]);
  });

  it('translates the older function messages', () => {
    const messages = [
      { role: 'user', content: 'Go' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'ok' },
    ];
    expect(ask({ messages, functions: [{ name: 'f' }], function_call: { name: 'f' } })).toMatchObject({
      messages: [
        {},
        { content: [{ type: 'tool_use', id: 'f', name: 'f', input: {} }] },
        { content: [{ type: 'tool_result', tool_use_id: 'f', content: [text('ok')] }] },
      ],
      tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }],
      tool_choice: { type: 'tool', name: 'f' },
    });
  });

  it('translates images, by data and by address', () => {
    const image = (url: string) => ({ type: 'image_url', image_url: { url, detail: 'low' } });
    const content = [image('data:image/png;base64,AAAA'), image('https://images.example/cat.png'), text('What?')];
    expect(ask({ messages: [{ role: 'user', content }] }).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'https://images.example/cat.png' } },
          text('What?'),
        ],
      },
    ]);
  });

  it('translates tools and their choice', () => {
    const tools = [{ type: 'function', function: { name: 'f', description: 'd', parameters: { properties: {} } } }];
    const sent = { name: 'f', description: 'd', input_schema: { type: 'object', properties: {} } };
    expect(ask({ tools })).toMatchObject({ tools: [sent] });
    expect(ask({ tools })).not.toHaveProperty('tool_choice');
    const choice = (tool_choice: unknown, more = {}) => ask({ tools, tool_choice, ...more }).tool_choice;
    expect(choice('auto')).toEqual({ type: 'auto' });
    expect(choice('none', { parallel_tool_calls: false })).toEqual({ type: 'none' });
    expect(choice('required')).toEqual({ type: 'any' });
    expect(choice({ type: 'function', function: { name: 'f' } })).toEqual({ type: 'tool', name: 'f' });
    expect(choice(null, { parallel_tool_calls: false })).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(ask({ tool_choice: 'auto' })).not.toHaveProperty('tool_choice');
  });

  it('keeps to what Anthropic allows: limit, temperature, stop sequences', () => {
    expect(
      ask({ max_completion_tokens: 7, temperature: 1.5, top_p: 0.5, stop: ['\n', 'END'], user: 'u1' }),
    ).toMatchObject({
      max_tokens: 7,
      temperature: 1,
      stop_sequences: ['END'],
      metadata: { user_id: 'u1' },
    });
    expect(ask({ temperature: 0, top_p: 0.5 })).not.toHaveProperty('top_p');
    expect(ask({ top_p: 0.5, top_k: 3, stop: 'x', stream: true })).toMatchObject({
      top_p: 0.5,
      top_k: 3,
      stop_sequences: ['x'],
      stream: true,
    });
  });

  it('tells the model what a response format asks for', () => {
    const json_schema = { name: 'x', schema: { type: 'object', required: ['a'] } };
    expect(JSON.stringify(ask({ response_format: { type: 'json_schema', json_schema } }).system)).toContain('required');
    expect(ask({ response_format: { type: 'json_object' } })).toHaveProperty('system');
    expect(ask({ response_format: { type: 'text' } })).not.toHaveProperty('system');
  });

  it.each([
    ['n', { n: 2 }],
    ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }],
    [
      'messages[0].content[0].image_url.url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }] },
    ],
    [
      'messages[0].tool_calls[0].function.arguments',
      { messages: [{ role: 'assistant', tool_calls: [call('a', 'f', '[1]')] }] },
    ],
    [
      'messages[0].tool_calls[0].function.arguments',
      { messages: [{ role: 'assistant', tool_calls: [call('a', 'f', '{broken')] }] },
    ],
  ])('refuses what cannot be said there, naming %s', (param, chat) => {
    expect(() => ask(chat)).toThrow(
      expect.objectContaining({
        kind: 'invalid_request',
        details: expect.objectContaining({ param }) as unknown,
      }) as Error,
    );
  });

  it('refuses a depth that cannot be written down again', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as JsonObject;
    const tools = [{ type: 'function', function: { name: 'f', parameters: deep } }];
    expect(() => ask({ tools })).toThrow(expect.objectContaining({ kind: 'invalid_request' }) as Error);
  });

  it('makes turns that alternate and carry every text, whatever the order of roles', () => {
    const message = fc.record({
      role: fc.constantFrom('system', 'user', 'assistant', 'tool', 'developer'),
      content: fc.string({ minLength: 1 }),
      tool_call_id: fc.constant('t'),
    });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1 }), (messages) => {
        const { system = [], messages: turns } = ask({ messages }) as { system?: unknown; messages: JsonObject[] };
        turns.slice(1).forEach((turn, index) => expect(turn.role).not.toBe(turns[index]?.role));
        const sent = JSON.stringify([system, turns]);
        for (const { content } of messages) expect(sent).toContain(JSON.stringify(content));
      }),
    );
  });
});
