import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import { SseStream } from './sse-stream.js';

export interface ApiAnswer<Body> {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed JSON, or the text when the answer is something else; `null` when there is none. */
  body: Body;
}

export interface ApiRequest {
  /** A string or Buffer is sent as it is, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A plain HTTP client for tests: no retries, no redirects, no errors for a status. */
export class ApiClient {
  /** `defaultHeaders` go with every request; those of a request win. */
  constructor(
    readonly baseUrl: string,
    private readonly defaultHeaders: Record<string, string> = {},
    private readonly agent = new Agent({ connections: 512, headersTimeout: 60_000, bodyTimeout: 60_000 }),
  ) {}

  /** A client on the same connections with other default headers, for example one user's credentials. */
  with(headers: Record<string, string>): ApiClient {
    return new ApiClient(this.baseUrl, { ...this.defaultHeaders, ...headers }, this.agent);
  }

  /** With `Authorization: Bearer <token>`. */
  bearer(token: string): ApiClient {
    return this.with({ authorization: `Bearer ${token}` });
  }

  async json<Body = unknown>(
    method: Dispatcher.HttpMethod,
    path: string,
    request?: ApiRequest,
  ): Promise<ApiAnswer<Body>> {
    const answer = await this.send(method, path, request);
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, body: parse(text, answer.headers) as Body };
  }

  get<Body = unknown>(path: string, headers?: Record<string, string>): Promise<ApiAnswer<Body>> {
    return this.json<Body>('GET', path, { headers });
  }

  post<Body = unknown>(path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer<Body>> {
    return this.json<Body>('POST', path, { body, headers });
  }

  /** GETs and resolves when the answer's headers are there; nobody reads its body yet. */
  open(path: string): Promise<Dispatcher.ResponseData> {
    return this.send('GET', path);
  }

  /** POSTs and resolves when the answer's headers are there, whatever the status. */
  async openStream(path: string, body: unknown, headers?: Record<string, string>): Promise<SseStream> {
    return new SseStream(await this.send('POST', path, { body, headers }));
  }

  /** Closes all connections, those of the clients made by `with` and `bearer` included. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private send(
    method: Dispatcher.HttpMethod,
    path: string,
    request: ApiRequest = {},
  ): Promise<Dispatcher.ResponseData> {
    const { body, headers, signal } = request;
    const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : undefined;
    return this.agent.request({
      origin: this.baseUrl,
      path,
      method,
      signal,
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...this.defaultHeaders,
        ...headers,
      },
    });
  }
}

function parse(text: string, headers: IncomingHttpHeaders): unknown {
  if (text === '') return null;
  return String(headers['content-type']).includes('json') ? JSON.parse(text) : text;
}
