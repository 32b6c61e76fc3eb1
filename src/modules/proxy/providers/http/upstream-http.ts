import type { Readable } from 'node:stream';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { DomainError } from '../../../../common/errors/domain-error.js';
import { upstreamFailed } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import { readAtMost } from '../../relay/read-at-most.js';
import { connectionError } from './connection-errors.js';
import { KeyRing } from './key-ring.js';
import { statusError } from './status-errors.js';
import { UpstreamStatus } from './upstream-status.js';

export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number;
  /** From the sending of the request to the answer's headers. */
  readonly firstByteTimeoutMs: number;
  /** Between two pieces of an answer. */
  readonly idleTimeoutMs: number;
}

export interface UpstreamAddress {
  readonly baseUrl: string;
  /** Empty: the upstream wants none. */
  readonly apiKeys: readonly string[];
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: UpstreamTimeouts;
}

/** A request with a body in JSON. */
export interface UpstreamPost {
  /** Below the base URL, without a slash in front. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The answer must be an event stream. */
  readonly stream: boolean;
}

/** At least as many as there are streams at once: each holds its connection to the end. */
const CONNECTIONS = 2_048;
const LIST_TIMEOUT_MS = 3_000;
const LARGEST_LIST_BYTES = 8 * 1024 * 1024;
const LARGEST_ERROR_BYTES = 64 * 1024;
const ERROR_BODY_TIMEOUT_MS = 2_000;
const NO_BODY = Buffer.alloc(0);

/** HTTP to one upstream: connections, keys in turn, timeouts, and errors that a client may see. */
export class UpstreamHttp {
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly keys: KeyRing;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly firstByteTimeoutMs: number;

  /** @param keyHeaders the headers that present a key */
  constructor(
    { baseUrl, apiKeys, headers, timeouts }: UpstreamAddress,
    private readonly keyHeaders: (key: string) => Readonly<Record<string, string>>,
  ) {
    const url = new URL(baseUrl);
    this.basePath = url.pathname.replace(/\/+$/, '');
    this.keys = new KeyRing(apiKeys);
    this.headers = { 'user-agent': 'gatehouse', 'accept-encoding': 'identity', ...headers };
    this.firstByteTimeoutMs = timeouts.firstByteTimeoutMs;
    this.pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: timeouts.connectTimeoutMs },
      // The reader of the body has an idle timeout of its own, which stands still while a slow client holds us up.
      bodyTimeout: 0,
    });
  }

  hasReadyKey(): boolean {
    return this.keys.hasReadyKey();
  }

  /**
   * Sends a request once, with the key whose turn it is.
   * @returns the body of an answer of status 200
   * @throws DomainError for every other outcome; the signal's reason when it aborts
   */
  async post(post: UpstreamPost, signal: AbortSignal): Promise<Readable> {
    const key = this.keys.next();
    const { statusCode, headers, body } = await this.send(post, key, signal);
    if (statusCode !== 200) {
      const text = await readAtMost(body, LARGEST_ERROR_BYTES, ERROR_BODY_TIMEOUT_MS).catch(() => NO_BODY);
      const error = statusError(statusCode, headers, text);
      if (key !== undefined) this.restWhenBlamed(key, error);
      throw error;
    }
    const isCompressed = (headers['content-encoding'] ?? 'identity') !== 'identity';
    if (isCompressed || (post.stream && !isEventStream(headers['content-type']))) {
      // Destroying the body of an answer that nobody reads makes it emit an abort error.
      body.on('error', () => undefined).destroy();
      throw upstreamFailed('The upstream provider sent an answer that is not in the expected format.', {
        code: 'upstream_malformed',
      });
    }
    return body;
  }

  /** The ids in a model list, which OpenAI and Anthropic shape alike. Rejects when the upstream cannot be asked. */
  async modelIds(path: string): Promise<string[]> {
    const { statusCode, body } = await this.pool.request({
      method: 'GET',
      path: `${this.basePath}/${path}`,
      headers: { ...this.headers, ...this.present(this.keys.next()), accept: 'application/json' },
      headersTimeout: LIST_TIMEOUT_MS,
      signal: AbortSignal.timeout(LIST_TIMEOUT_MS),
    });
    const bytes = await readAtMost(body, LARGEST_LIST_BYTES, LIST_TIMEOUT_MS);
    if (statusCode !== 200) throw new Error(`the model list was answered with status ${statusCode}`);
    const list: unknown = JSON.parse(bytes.toString());
    if (!isJsonObject(list) || !Array.isArray(list.data)) throw new Error('the model list has no data');
    return (list.data as unknown[]).flatMap((model) => {
      return isJsonObject(model) && typeof model.id === 'string' ? [model.id] : [];
    });
  }

  retire(): Promise<void> {
    return this.pool.close();
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private async send(
    { path, headers, body, stream }: UpstreamPost,
    key: string | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await this.pool.request({
        method: 'POST',
        path: `${this.basePath}/${path}`,
        headers: {
          ...this.headers,
          'content-type': 'application/json',
          accept: stream ? 'text/event-stream' : 'application/json',
          ...headers,
          ...this.present(key),
        },
        body,
        headersTimeout: this.firstByteTimeoutMs,
        signal,
      });
    } catch (error) {
      throw signal.aborted ? error : connectionError(error);
    }
  }

  private present(key: string | undefined): Readonly<Record<string, string>> {
    return key === undefined ? {} : this.keyHeaders(key);
  }

  private restWhenBlamed(key: string, { details: { cause } }: DomainError): void {
    if (!(cause instanceof UpstreamStatus)) return;
    if ([401, 403, 429].includes(cause.status)) this.keys.rest(key, cause.retryAfterMs);
  }
}

function isEventStream(contentType: string | string[] | undefined): boolean {
  return typeof contentType === 'string' && contentType.toLowerCase().startsWith('text/event-stream');
}
