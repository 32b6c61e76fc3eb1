import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { Logger } from '@nestjs/common';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { unavailable } from '../../../common/errors/errors.js';
import { renderError } from '../../../common/errors/render-error.js';
import { toDomainError } from '../../../common/errors/to-domain-error.js';
import type { Hold, Settlement } from '../../usage/admission/admission.types.js';
import type { SettlementService } from '../../usage/settlement/settlement.service.js';
import { validateChatRequest } from '../dialects/openai-chat/chat-request.validator.js';
import { OPENAI_CHAT } from '../dialects/openai-chat/openai-chat.dialect.js';
import { MeteredCall } from '../metering/metered-call.js';
import { CallWatch } from './call-watch.js';
import { OPENAI_STREAM } from './stream-reader.js';
import { StreamRelay } from './stream-relay.js';

const ROLE = event({ choices: [{ delta: { role: 'assistant', content: '' } }] });
const HELLO = event({ choices: [{ delta: { content: 'Hello' } }] });
const STOP = event({ choices: [{ delta: {}, finish_reason: 'stop' }] });
const USAGE = event({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } });
const DONE = 'data: [DONE]\n\n';

function event(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

interface Options {
  readonly wantsUsage?: boolean;
  readonly idleTimeoutMs?: number;
  readonly keepAliveMs?: number;
  readonly settle?: () => Promise<void>;
}

/** A server with one route that relays `upstream` over real HTTP. */
class RelayServer {
  readonly upstream = new PassThrough();
  readonly bills: Settlement[] = [];
  readonly lost = new AbortController();
  private readonly server: FastifyInstance = fastify();
  private options: Options = {};

  async start(options: Options = {}): Promise<string> {
    this.options = options;
    this.server.get('/', async (_request, reply) => {
      const { idleTimeoutMs = 5_000, keepAliveMs = 5_000 } = options;
      void reply.header('x-request-id', 'r1');
      const call = this.admittedCall();
      const watch = new CallWatch(reply.raw, this.lost.signal, 60_000);
      watch.signal.addEventListener('abort', () => this.upstream.destroy(new Error('aborted')));
      try {
        const encoder = OPENAI_CHAT.encode({
          call,
          format: 'chat/completions',
          tokensLeft: () => Promise.resolve(null),
        });
        const options = { reader: OPENAI_STREAM, encoder, recording: null, idleTimeoutMs, keepAliveMs };
        await new StreamRelay(this.upstream, reply, call, watch, options).run();
      } catch (error) {
        const { status, body } = renderError(toDomainError(error), 'openai');
        await reply.status(status).send(body);
      } finally {
        watch.stop();
      }
    });
    await this.server.listen({ port: 0, host: '127.0.0.1' });
    return `http://127.0.0.1:${(this.server.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.server.server.closeAllConnections();
    await this.server.close();
  }

  private admittedCall(): MeteredCall {
    const { wantsUsage = false, settle } = this.options;
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      stream_options: { include_usage: wantsUsage },
    };
    const target = { provider: 'openai', upstreamModel: 'm', price: null } as const;
    const route = { model: 'm', targets: [target] as const, contextTokens: 1_000, defaultCompletionTokens: 100 };
    const hold = {
      request: { requestId: 'id', promptTokensCounted: 2, choices: 1 },
      completionTokensAllowed: 100,
    } as Hold;
    const settlements: Pick<SettlementService, 'settle'> = {
      settle: async (_hold, settlement) => {
        await settle?.();
        this.bills.push(settlement);
      },
    };
    const request = validateChatRequest(body, Buffer.from(JSON.stringify(body)));
    const call = new MeteredCall(request, route, hold, settlements as SettlementService, performance.now());
    call.dispatchedTo(target);
    return call;
  }
}

/** `once` would take the error of an aborted stream for a failure of its own. */
const closed = (stream: PassThrough) => new Promise((resolve) => stream.once('close', resolve));

describe('StreamRelay', () => {
  let relay: RelayServer;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(() => {
    relay = new RelayServer();
  });

  afterEach(() => relay.stop());

  /** Plays a whole upstream stream and gives what the client got. */
  async function play(pieces: string[], options: Options = {}) {
    const answer = fetch(await relay.start(options));
    for (const piece of pieces) relay.upstream.write(piece);
    relay.upstream.end();
    const response = await answer;
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  it('passes the bytes on, without the usage chunk that the client did not ask for', async () => {
    const { status, headers, text } = await play([ROLE, `: note\n\n${HELLO}`, STOP + USAGE, DONE]);
    expect(status).toBe(200);
    expect(text).toBe(`${ROLE}: note\n\n${HELLO}${STOP}${DONE}`);
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('x-request-id')).toBe('r1');
    expect(relay.bills).toMatchObject([{ status: 'completed', usage: { promptTokens: 3, completionTokens: 1 } }]);
  });

  it('passes the usage chunk on to a client that asked for it', async () => {
    const { text } = await play([ROLE + HELLO + STOP + USAGE + DONE], { wantsUsage: true });
    expect(text).toBe(ROLE + HELLO + STOP + USAGE + DONE);
  });

  it('lets the client see the end only when the bill is written', async () => {
    let written: () => void = () => undefined;
    const bill = new Promise<void>((resolve) => (written = resolve));
    const answer = fetch(await relay.start({ settle: () => bill }));
    relay.upstream.end(HELLO + STOP + DONE);
    const reader = (await answer).body!.getReader();
    expect(Buffer.from((await reader.read()).value).toString()).toBe(HELLO + STOP);
    const rest = reader.read();
    expect(await Promise.race([rest, new Promise((resolve) => setTimeout(resolve, 100, 'nothing'))])).toBe('nothing');
    written();
    expect(Buffer.from((await rest).value).toString()).toBe(DONE);
  });

  it('ends with an error and without [DONE] when the bill cannot be written', async () => {
    const { text } = await play([HELLO, STOP, DONE], { settle: () => Promise.reject(unavailable('no database')) });
    expect(text).toContain('"code":"service_unavailable"');
    expect(text).not.toContain('[DONE]');
  });

  it.each([
    ['truncation', [HELLO], 'upstream_truncated'],
    ['an error event', [HELLO, event({ error: { message: 'sk-SECRET' } })], 'upstream_error'],
    ['a named error event', [HELLO, 'event: error\ndata: {"x":"sk-SECRET"}\n\n'], 'upstream_error'],
    ['a malformed event', [HELLO, 'data: {"cho\n\n', DONE], 'upstream_malformed'],
    ['an event cut in the middle', [HELLO, 'data: {"choices":[{"del'], 'upstream_malformed'],
  ])('ends with an error event and a bill for what was delivered after %s', async (_what, pieces, code) => {
    const { status, text } = await play(pieces);
    expect(status).toBe(200);
    expect(text.startsWith(`${HELLO}data: {"error":{`)).toBe(true);
    expect(text).toContain(`"code":"${code}"`);
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('SECRET');
    expect(relay.bills).toMatchObject([
      { status: 'upstream_error', errorCode: code, usage: { promptTokens: 2, completionTokens: 2 } },
    ]);
  });

  it.each([
    ['ends', [ROLE]],
    ['tells an error', [ROLE, event({ error: {} })]],
    ['sends nonsense', ['data: <html>\n\n']],
  ])('gives a true status to a stream that %s before its first content', async (_what, pieces) => {
    const { status, text } = await play(pieces);
    expect(status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ error: { type: 'upstream_error' } });
  });

  it('gives up on an upstream that falls silent', async () => {
    const answer = fetch(await relay.start({ idleTimeoutMs: 100 }));
    relay.upstream.write(HELLO);
    expect(await (await answer).text()).toContain('upstream_idle_timeout');
    expect(relay.upstream.destroyed).toBe(true);
  });

  it('keeps an idle client alive with comments', async () => {
    const answer = fetch(await relay.start({ keepAliveMs: 30 }));
    relay.upstream.write(HELLO);
    setTimeout(() => relay.upstream.end(STOP + DONE), 200);
    const text = await (await answer).text();
    expect(text).toContain(': keep-alive\n\n');
    expect(text.replaceAll(': keep-alive\n\n', '')).toBe(HELLO + STOP + DONE);
  });

  it('stops when the hold is lost', async () => {
    const answer = fetch(await relay.start());
    relay.upstream.write(HELLO);
    const response = await answer;
    relay.lost.abort();
    expect(await response.text()).toContain('"code":"lease_lost"');
    expect(relay.bills).toMatchObject([{ status: 'interrupted' }]);
  });

  it('hangs up on the upstream at once when the client leaves', async () => {
    const client = httpRequest(await relay.start());
    client.on('error', () => undefined);
    client.end();
    relay.upstream.write(HELLO);
    await once(client, 'response');
    client.destroy();
    await closed(relay.upstream);
    await new Promise(setImmediate);
    expect(relay.bills).toMatchObject([{ status: 'client_aborted', httpStatus: 499, usage: { completionTokens: 2 } }]);
  });

  it('stops reading the upstream while the client does not read, and hangs up when that lasts', async () => {
    const client = httpRequest(await relay.start({ idleTimeoutMs: 300 }));
    client.on('error', () => undefined);
    client.end();
    const big = event({ choices: [{ delta: { content: 'x'.repeat(60_000) } }] });
    let accepted = 0;
    const fill = () => {
      while (accepted < 2_000 && !relay.upstream.destroyed) {
        accepted += 1;
        if (!relay.upstream.write(big)) return void relay.upstream.once('drain', fill);
      }
    };
    fill();
    const [response] = (await once(client, 'response')) as [NodeJS.ReadableStream];
    response.pause();
    await closed(relay.upstream);
    expect(accepted).toBeLessThan(1_000);
    client.destroy();
  });

  it('passes a line of many megabytes', async () => {
    const line = event({ choices: [{ delta: { content: 'é'.repeat(5 * 1024 * 1024) } }] });
    const { text } = await play([line, STOP, DONE]);
    expect(text === line + STOP + DONE).toBe(true);
  });
});
