import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { Gateway, type TestAccount } from '../support/gateway.js';

jest.setTimeout(60_000);

const MODEL = 'claude-haiku-4-5';
const QUESTION = {
  model: MODEL,
  max_tokens: 50,
  system: [{ type: 'text', text: 'Be brief', cache_control: { type: 'ephemeral' } }],
  messages: [{ role: 'user', content: 'Hello' }],
  thinking: { type: 'enabled', budget_tokens: 1_024 },
  x_new_field: [1.0, { deep: true }],
};
const USAGE = { input_tokens: 5, cache_creation_input_tokens: 7, cache_read_input_tokens: 11, output_tokens: 13 };
const MESSAGE = `{"id":"msg_1","type":"message", "role":"assistant","model":"${MODEL}","content":[{"type":"text","text":"Gr\\u00fcezi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":${JSON.stringify(USAGE)}}`;

const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const START = event('message_start', { message: { id: 'msg_1', usage: { ...USAGE, output_tokens: 1 } } });
const BLOCK = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
const DELTA = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Grüezi' } });
const END =
  event('content_block_stop', { index: 0 }) +
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 13 } }) +
  event('message_stop');
const STREAM = START + BLOCK + event('ping') + DELTA + END;

/** Anthropic, as far as these tests need it: it repeats what it is told to say. */
class FakeAnthropic {
  answer = { status: 200, type: 'application/json', body: MESSAGE };
  lastBody = '';
  lastHeaders: NodeJS.Dict<string | string[]> = {};

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeAnthropic> {
    const server = createServer();
    const fake = new FakeAnthropic(server);
    server.on('request', (request, response) => {
      void readText(request).then((body) => {
        fake.lastBody = body;
        fake.lastHeaders = request.headers;
        response.writeHead(fake.answer.status, { 'content-type': fake.answer.type }).end(fake.answer.body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

let anthropic: FakeAnthropic;
let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  anthropic = await FakeAnthropic.start();
  gateway = await Gateway.start({ env: { ANTHROPIC_API_KEY: 'anthropic-key', ANTHROPIC_BASE_URL: anthropic.url } });
});
beforeEach(async () => {
  account = await gateway.account({ day: 1_000_000 });
});
afterAll(async () => {
  await gateway.stop();
  anthropic.stop();
});

const send = (body: unknown, path = '/v1/messages') =>
  gateway.client().with({ 'x-api-key': account.key }).openStream(path, body, { 'anthropic-beta': 'beta-1' });

describe('a message to an Anthropic upstream', () => {
  it('passes as it is, both ways, and pays for cached tokens too', async () => {
    anthropic.answer = { status: 200, type: 'application/json', body: MESSAGE };
    const answer = await send(QUESTION);
    await answer.rest();
    expect(answer.status).toBe(200);
    expect(answer.received().toString()).toBe(MESSAGE);
    expect(JSON.parse(anthropic.lastBody)).toEqual(QUESTION);
    expect(anthropic.lastHeaders).toMatchObject({
      'x-api-key': 'anthropic-key',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'beta-1',
    });
    expect(JSON.stringify(anthropic.lastHeaders)).not.toContain(account.key);
    expect(await gateway.ledgerOf(account, 1)).toMatchObject([
      { promptTokens: 23, completionTokens: 13, usageSource: 'upstream' },
    ]);
  });

  it('streams the same bytes, named events and pings included', async () => {
    anthropic.answer = { status: 200, type: 'text/event-stream', body: STREAM };
    const stream = await send({ ...QUESTION, stream: true });
    await stream.rest();
    expect(stream.received().toString()).toBe(STREAM);
    expect(await gateway.ledgerOf(account, 1)).toMatchObject([
      { promptTokens: 23, completionTokens: 13, usageSource: 'upstream', streamed: true, status: 'completed' },
    ]);
    await gateway.balanced(account);
  });

  it.each([
    ['breaks off', START + BLOCK + DELTA],
    ['fails', START + BLOCK + DELTA + event('error', { error: { type: 'overloaded_error', message: 'sk-SECRET' } })],
  ])('ends a stream that %s with an error event of ours', async (_name, body) => {
    anthropic.answer = { status: 200, type: 'text/event-stream', body };
    const stream = await send({ ...QUESTION, stream: true });
    const last = (await stream.rest()).at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(stream.received().toString()).not.toMatch(/message_stop|SECRET/);
    expect(await gateway.ledgerOf(account, 1)).toMatchObject([
      { status: 'upstream_error', promptTokens: 23, completionTokens: 2, usageSource: 'counted' },
    ]);
  });

  it('is what an OpenAI chat becomes, and back', async () => {
    anthropic.answer = { status: 200, type: 'application/json', body: MESSAGE };
    const { messages } = QUESTION;
    const { status, body } = await account.client.post('/v1/chat/completions', { model: MODEL, messages });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'Grüezi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 23, completion_tokens: 13 },
    });
  });

  it('refuses what it cannot meter', async () => {
    for (const [wrong, param] of [
      [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools[0].type'],
      [{ mcp_servers: [{ url: 'https://mcp.example' }] }, 'mcp_servers'],
      [
        { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'url', url: 'x' } }] }] },
        'document',
      ],
      [{ max_tokens: 0 }, 'max_tokens'],
      [{ temperature: 1.5 }, 'temperature'],
      [{ messages: [{ role: 'system', content: 'x' }] }, 'role'],
    ] as const) {
      const { status, body } = await account.client.post('/v1/messages', { ...QUESTION, ...wrong });
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(param.replace(/\[.*/, ''))]);
    }
  });
});
