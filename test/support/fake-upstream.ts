import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AnswerPlan, embeddingAnswer, errorBody, modelList } from './upstream-answers.js';
import { billFor, DEFAULT_BEHAVIOUR, type UpstreamBehaviour, type UpstreamRequest } from './upstream-behaviour.js';
import { Exchange } from './upstream-exchange.js';
import { UpstreamGate } from './upstream-gate.js';
import { playEarlyFault, playJson, playStream, sendJson } from './upstream-scene.js';
import { until } from './until.js';

/** A change of behaviour for all requests from now on, or a function asked for each request. */
export type UpstreamScript =
  | Partial<UpstreamBehaviour>
  | ((request: UpstreamRequest) => Partial<UpstreamBehaviour> | Promise<Partial<UpstreamBehaviour>>);

/**
 * What the upstream saw. `requests = completed + aborted + faulted + inFlight`. Tokens are those billed for completed
 * answers, which a ledger must reproduce: the truth, even when usage was not told or told wrongly.
 */
export interface UpstreamCounters {
  requests: number;
  completed: number;
  aborted: number;
  faulted: number;
  inFlight: number;
  maxInFlight: number;
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  /** Content chunks written on streams that the client left. */
  abortedChunks: number;
  /** Epoch milliseconds of each abort. */
  abortedAt: number[];
}

const freshCounters = (): UpstreamCounters => ({
  requests: 0,
  completed: 0,
  aborted: 0,
  faulted: 0,
  inFlight: 0,
  maxInFlight: 0,
  promptTokens: 0,
  completionTokens: 0,
  totalTokens: 0,
  abortedChunks: 0,
  abortedAt: [],
});

/** An OpenAI-compatible provider on a loopback port, told what to answer and counting what it served. */
export class FakeUpstream {
  counters = freshCounters();
  /** Every request received, in order of arrival. */
  requests: UpstreamRequest[] = [];
  private behaviour: UpstreamBehaviour;
  private script: UpstreamScript = {};
  private currentGate: UpstreamGate | undefined;
  private readonly failures: unknown[] = [];

  private constructor(
    private readonly server: Server,
    private readonly defaults: Partial<UpstreamBehaviour>,
  ) {
    this.behaviour = { ...DEFAULT_BEHAVIOUR, ...defaults };
  }

  static async start(defaults: Partial<UpstreamBehaviour> = {}): Promise<FakeUpstream> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const upstream = new FakeUpstream(server, defaults);
    server.on('request', (message, response) => {
      upstream.serve(message, response).catch((error: unknown) => {
        upstream.failures.push(error);
        response.destroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return upstream;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The base URL, ending in `/v1`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  get lastRequest(): UpstreamRequest | undefined {
    return this.requests.at(-1);
  }

  /** An object changes the behaviour from now on; a function decides for each request, on top of it. */
  behave(script: UpstreamScript): this {
    if (typeof script === 'function') this.script = script;
    else this.behaviour = { ...this.behaviour, ...script };
    return this;
  }

  /** Holds the answers of all requests from now on until `release()`. */
  gate(): UpstreamGate {
    this.currentGate?.release();
    this.currentGate = new UpstreamGate();
    return this.currentGate;
  }

  /** Forgets requests, counters, gate and changes of behaviour. Call it only when nothing is in flight. */
  reset(): void {
    this.currentGate?.release();
    this.currentGate = undefined;
    this.counters = freshCounters();
    this.requests = [];
    this.script = {};
    this.behaviour = { ...DEFAULT_BEHAVIOUR, ...this.defaults };
  }

  /** Resolves when this many requests have been received. */
  async received(count: number, timeoutMs = 10_000): Promise<void> {
    await until(`${count} requests at the upstream`, () => this.counters.requests >= count, { timeoutMs });
  }

  /** Resolves when no request is in flight. */
  async idle(timeoutMs = 10_000): Promise<void> {
    await until('an idle upstream', () => this.counters.inFlight === 0, { timeoutMs });
  }

  /** Closes every connection. Throws what went wrong inside the fake itself, such as a failing behaviour function. */
  async stop(): Promise<void> {
    if (this.server.listening) {
      const closed = once(this.server, 'close');
      this.server.close();
      this.server.closeAllConnections();
      await closed;
    }
    const failures = this.failures.splice(0);
    if (failures.length > 0) throw new AggregateError(failures, 'The fake upstream itself failed');
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const rawBody = await readBody(message);
    if (!rawBody) return;
    const request = this.record(message, rawBody);
    const exchange = new Exchange(request, response);
    const accounted = this.account(exchange);
    await this.answer(exchange);
    await accounted;
  }

  private record(message: IncomingMessage, rawBody: Buffer): UpstreamRequest {
    const counters = this.counters;
    counters.requests++;
    counters.inFlight++;
    counters.maxInFlight = Math.max(counters.maxInFlight, counters.inFlight);
    const request: UpstreamRequest = {
      index: counters.requests,
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      rawBody,
      json: parseObject(rawBody),
      receivedAt: Date.now(),
      outcome: 'open',
      chunksWritten: 0,
    };
    this.requests.push(request);
    return request;
  }

  private async account({ request, ended }: Exchange): Promise<void> {
    const counters = this.counters;
    const outcome = await ended;
    request.outcome = outcome;
    request.endedAt = Date.now();
    counters.inFlight--;
    if (outcome === 'faulted') counters.faulted++;
    if (outcome === 'aborted') {
      counters.aborted++;
      counters.abortedChunks += request.chunksWritten;
      counters.abortedAt.push(request.endedAt);
    }
    if (outcome === 'completed') {
      counters.completed++;
      counters.promptTokens += request.billed?.promptTokens ?? 0;
      counters.completionTokens += request.billed?.completionTokens ?? 0;
      counters.totalTokens = counters.promptTokens + counters.completionTokens;
    }
  }

  private async answer(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const own = typeof this.script === 'function' ? await this.script(request) : this.script;
    const behaviour = { ...this.behaviour, ...own };
    const path = request.path.split('?', 1)[0];
    if (this.currentGate) await exchange.waitFor(this.currentGate.pass());
    const streamed = request.json?.stream === true && path.endsWith('/completions');
    await exchange.pause(streamed ? behaviour.firstChunkMs : behaviour.latencyMs);
    if (exchange.gone || (await playEarlyFault(exchange, behaviour.fault))) return;

    const route = `${request.method} ${path}`;
    if (/^GET .*\/models$/.test(route)) return sendJson(exchange, modelList());
    if (!/^POST .*\/(completions|embeddings)$/.test(route)) {
      return void (await playEarlyFault(exchange, { kind: 'status', status: 404, body: errorBody(404) }));
    }
    const bill = billFor(request, behaviour);
    const shape = path.endsWith('/chat/completions') ? 'chat' : 'text';
    const plan: AnswerPlan = { request, behaviour, bill, shape };
    if (path.endsWith('/embeddings')) {
      plan.bill = request.billed = { ...bill, completionTokens: 0 };
      return sendJson(exchange, embeddingAnswer(plan), behaviour.headers, behaviour.fault);
    }
    request.billed = bill;
    return streamed ? playStream(exchange, plan) : playJson(exchange, plan);
  }
}

/** The whole body, or undefined when the client left before its end. */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  message.on('data', (piece: Buffer) => pieces.push(piece));
  const whole = await new Promise<boolean>((resolve) => {
    message.once('end', () => resolve(true)).once('close', () => resolve(false));
  });
  return whole ? Buffer.concat(pieces) : undefined;
}

function parseObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
