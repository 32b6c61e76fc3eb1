import { Readable } from 'node:stream';
import fc from 'fast-check';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { readUsage } from '../../metering/usage-reader.js';
import { completionOf } from './completion.js';
import { CompletionStream } from './completion-stream.js';
import { completionUsage } from './completion-usage.js';

const event = (data: JsonObject) => `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
const start = (usage: JsonObject = { input_tokens: 10, cache_read_input_tokens: 30, output_tokens: 1 }) =>
  event({ type: 'message_start', message: { id: 'msg_1', model: 'claude-x', usage } });
const block = (index: number, content_block: JsonObject) =>
  event({ type: 'content_block_start', index, content_block });
const delta = (index: number, change: JsonObject) => event({ type: 'content_block_delta', index, delta: change });
const stop = (index: number) => event({ type: 'content_block_stop', index });
const end = (stop_reason: string, output_tokens = 9) =>
  event({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens } }) + event({ type: 'message_stop' });
const says = (index: number, ...texts: string[]) =>
  block(index, { type: 'text', text: '' }) +
  texts.map((text) => delta(index, { type: 'text_delta', text })).join('') +
  stop(index);

async function translate(pieces: readonly Buffer[]): Promise<string> {
  const out: Buffer[] = [];
  for await (const piece of Readable.from(pieces).pipe(new CompletionStream())) out.push(Buffer.from(piece as Buffer));
  return Buffer.concat(out).toString();
}

/** The chunks of a translated stream, and whether it ended with [DONE]. */
async function chunksOf(...texts: string[]) {
  const bytes = await translate([Buffer.from(texts.join(''))]);
  const data = bytes.split('\n\n').flatMap((each) => (each.startsWith('data: ') ? [each.slice(6)] : []));
  const done = data.at(-1) === '[DONE]';
  const chunks = (done ? data.slice(0, -1) : data).map((each) => JSON.parse(each) as JsonObject);
  return {
    done,
    chunks,
    deltas: chunks.flatMap(({ choices }) => (choices as JsonObject[]) ?? []).map((c) => c.delta as JsonObject),
  };
}

const textOf = (deltas: JsonObject[]) =>
  deltas.map(({ content }) => (typeof content === 'string' ? content : '')).join('');

describe('CompletionStream', () => {
  it('translates text, usage with cached tokens, and the end', async () => {
    const { done, chunks, deltas } = await chunksOf(
      start(),
      event({ type: 'ping' }),
      says(0, 'Grüezi', ' 你好'),
      end('end_turn'),
    );
    expect(done).toBe(true);
    expect(deltas[0]).toMatchObject({ role: 'assistant' });
    expect(textOf(deltas)).toBe('Grüezi 你好');
    expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] });
    expect(chunks.at(-1)).toMatchObject({
      id: 'msg_1',
      model: 'claude-x',
      object: 'chat.completion.chunk',
      choices: [],
      usage: {
        prompt_tokens: 40,
        completion_tokens: 9,
        total_tokens: 49,
        prompt_tokens_details: { cached_tokens: 30 },
      },
    });
  });

  it('translates tool calls among texts, also one without arguments', async () => {
    const { deltas, chunks } = await chunksOf(
      start(),
      says(0, 'Let me see.'),
      block(1, { type: 'tool_use', id: 't1', name: 'find', input: {} }),
      delta(1, { type: 'input_json_delta', partial_json: '' }),
      delta(1, { type: 'input_json_delta', partial_json: '{"a"' }),
      delta(1, { type: 'input_json_delta', partial_json: ':1}' }),
      stop(1),
      block(2, { type: 'tool_use', id: 't2', name: 'now', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '' }),
      stop(2),
      end('tool_use'),
    );
    const calls = deltas.flatMap(({ tool_calls }) => (tool_calls as JsonObject[] | undefined) ?? []);
    const argumentsOf = (place: number) =>
      calls
        .filter(({ index }) => index === place)
        .map((each) => (each.function as JsonObject).arguments)
        .join('');
    expect(calls.filter(({ id }) => id !== undefined)).toMatchObject([
      { index: 0, id: 't1', type: 'function', function: { name: 'find' } },
      { index: 1, id: 't2', type: 'function', function: { name: 'now' } },
    ]);
    expect([argumentsOf(0), argumentsOf(1)]).toEqual(['{"a":1}', '{}']);
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
  });

  it('passes thinking on as reasoning, and drops its signature', async () => {
    const { deltas } = await chunksOf(
      start(),
      block(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      delta(0, { type: 'signature_delta', signature: 'xyz' }),
      stop(0),
      says(1, 'Yes'),
      end('end_turn'),
    );
    expect(deltas.map(({ reasoning_content }) => reasoning_content).filter(Boolean)).toEqual(['Hm.']);
    expect(JSON.stringify(deltas)).not.toContain('xyz');
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['something_new', 'stop'],
    ['constructor', 'stop'],
  ])('says for %s that the reason is %s', async (reason, finish) => {
    const { chunks } = await chunksOf(start(), says(0, 'x'), end(reason));
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: finish }] });
  });

  it('has no [DONE] when the upstream did not say that it was done', async () => {
    expect((await chunksOf(start(), says(0, 'x'))).done).toBe(false);
  });

  it('says that an error came, and nothing of what it said', async () => {
    const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'sk-UPSTREAM-SECRET' } });
    const { done, chunks } = await chunksOf(start(), says(0, 'x'), error);
    expect(done).toBe(false);
    expect(chunks.at(-1)).toHaveProperty('error');
    expect(JSON.stringify(chunks)).not.toContain('SECRET');
  });

  it.each(['data: {"type":\n\n', 'data: 7\n\n'])('makes what cannot be read unreadable: %j', async (bad) => {
    expect(await translate([Buffer.from(start() + bad)])).toContain('data: unreadable');
  });

  it('is the same wherever the bytes are cut, and however lines end', async () => {
    const stream = start() + event({ type: 'ping' }) + says(0, 'Grüezi 👋🏽', '\n"x"', ' end') + end('end_turn');
    const whole = await chunksOf(stream);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(stream.length)), fc.boolean(), async (cuts, crlf) => {
        const bytes = Buffer.from(crlf ? stream.replaceAll('\n', '\r\n') : stream);
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        const out = await translate(pieces.filter((piece) => piece.length > 0));
        const chunks = out
          .split('\n\n')
          .filter((each) => each.startsWith('data: {'))
          .map((each) => JSON.parse(each.slice(6)) as JsonObject);
        expect(chunks.map(({ choices, usage }) => ({ choices, usage }))).toEqual(
          whole.chunks.map(({ choices, usage }) => ({ choices, usage })),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('says in a stream what it says in a whole answer', async () => {
    const texts = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, fc.nat(1_000), fc.nat(1_000), async (content, input_tokens, cached) => {
        const usage = {
          input_tokens,
          cache_read_input_tokens: cached,
          cache_creation_input_tokens: 5,
          output_tokens: 9,
        };
        const whole = completionOf({
          id: 'msg_1',
          model: 'claude-x',
          content: content.map((text) => ({ type: 'text', text })),
          stop_reason: 'end_turn',
          usage,
        });
        const { deltas, chunks } = await chunksOf(
          start(usage),
          ...content.map((text, index) => says(index, text)),
          end('end_turn'),
        );
        const [choice] = whole.choices as { message: { content: string } }[];
        expect(textOf(deltas)).toBe(choice?.message.content);
        expect(chunks.at(-1)?.usage).toEqual(whole.usage);
      }),
      { numRuns: 40 },
    );
  });
});

describe('completionOf', () => {
  it('translates text, tool calls, thinking and usage', () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'text', text: 'One' },
      { type: 'tool_use', id: 't1', name: 'find', input: { a: 1 } },
    ];
    expect(completionOf({ id: 'm', model: 'c', content, stop_reason: 'tool_use' })).toMatchObject({
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'One',
            reasoning_content: 'Hm.',
            tool_calls: [{ id: 't1', type: 'function', function: { name: 'find', arguments: '{"a":1}' } }],
          },
        },
      ],
    });
  });
});

describe('completionUsage', () => {
  it('counts cached tokens as part of the prompt', () => {
    const usage = { input_tokens: 3, cache_read_input_tokens: 50, cache_creation_input_tokens: 7, output_tokens: 2 };
    expect(readUsage(completionUsage(usage))).toEqual({
      promptTokens: 60,
      completionTokens: 2,
      cachedPromptTokens: 50,
      reasoningTokens: 0,
    });
  });

  it.each([
    { input_tokens: -5, cache_read_input_tokens: 50, output_tokens: 2 },
    { input_tokens: 5, cache_read_input_tokens: -1, output_tokens: 2 },
    { input_tokens: 5, cache_creation_input_tokens: 1.5, output_tokens: 2 },
    { input_tokens: '5', cache_read_input_tokens: 5, output_tokens: 2 },
    { input_tokens: 9_999_999, cache_read_input_tokens: 9_999_999, output_tokens: 2 },
    { input_tokens: 5, output_tokens: -2 },
  ])('does not hide a number that cannot be true: %j', (usage) => {
    const translated = completionUsage(usage);
    expect(isJsonObject(translated)).toBe(true);
    expect(readUsage(translated)).toBe('refused');
  });
});
