import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AnthropicRequest {
  path: string;
  headers: IncomingHttpHeaders;
  json: Record<string, unknown>;
}

const USAGE = { input_tokens: 10, cache_read_input_tokens: 30, cache_creation_input_tokens: 2, output_tokens: 7 };

/** What it answers; `texts` are the pieces of a stream. */
export interface AnthropicAnswer {
  texts: string[];
  usage: Record<string, unknown>;
  tool?: { name: string; input: Record<string, unknown> };
  /** Instead of an answer. */
  status?: number;
  /** Ends a stream with an error event after its texts. */
  errorEvent?: boolean;
}

/** An upstream that speaks Anthropic's Messages API on a loopback port. */
export class FakeAnthropic {
  requests: AnthropicRequest[] = [];
  private answer: AnthropicAnswer = { texts: ['Grüezi ', '👋🏽'], usage: USAGE };

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeAnthropic> {
    const server = createServer();
    const fake = new FakeAnthropic(server);
    server.on('request', (message, response) => {
      const pieces: Buffer[] = [];
      message.on('data', (piece: Buffer) => pieces.push(piece));
      message.on('end', () => {
        const json = JSON.parse(Buffer.concat(pieces).toString() || '{}') as Record<string, unknown>;
        fake.requests.push({ path: message.url ?? '', headers: message.headers, json });
        const { status = 200 } = fake.answer;
        const stream = json.stream === true && status === 200;
        response.writeHead(status, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
        response.end(stream ? fake.events() : JSON.stringify(status === 200 ? fake.message() : fake.error()));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  /** Without `/v1`, as Anthropic's SDK takes it. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get lastRequest(): AnthropicRequest | undefined {
    return this.requests.at(-1);
  }

  /** From now on; what is not given is as it was at the start. */
  behave(change: Partial<AnthropicAnswer>): void {
    this.answer = { texts: ['Grüezi ', '👋🏽'], usage: USAGE, ...change };
  }

  reset(): void {
    this.requests = [];
    this.behave({});
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private message() {
    const { texts, tool, usage } = this.answer;
    const use = tool && { type: 'tool_use', id: 'toolu_1', ...tool };
    return {
      id: 'msg_fake',
      type: 'message',
      role: 'assistant',
      model: 'claude-fake',
      content: [{ type: 'text', text: texts.join('') }, ...(use === undefined ? [] : [use])],
      stop_reason: use === undefined ? 'end_turn' : 'tool_use',
      stop_sequence: null,
      usage,
    };
  }

  private events(): string {
    const { texts, tool, usage, errorEvent = false } = this.answer;
    const { output_tokens, ...input } = usage;
    const message = { ...this.message(), content: [], stop_reason: null, usage: { ...input, output_tokens: 1 } };
    const events: Record<string, unknown>[] = [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'ping' },
      ...texts.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    ];
    if (errorEvent) {
      events.push(this.error());
    } else {
      events.push({ type: 'content_block_stop', index: 0 });
      if (tool !== undefined) {
        const partial_json = JSON.stringify(tool.input);
        const content_block = { type: 'tool_use', id: 'toolu_1', name: tool.name, input: {} };
        events.push(
          { type: 'content_block_start', index: 1, content_block },
          { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json } },
          { type: 'content_block_stop', index: 1 },
        );
      }
      const stop_reason = tool === undefined ? 'end_turn' : 'tool_use';
      events.push(
        { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens } },
        { type: 'message_stop' },
      );
    }
    return events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  }

  private error() {
    return { type: 'error', error: { type: 'overloaded_error', message: 'The fake was told to fail: sk-ANTHROPIC' } };
  }
}
