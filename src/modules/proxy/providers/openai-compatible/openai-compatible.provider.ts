import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { DomainError } from '../../../../common/errors/domain-error.js';
import { upstreamFailed } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import { readAtMost } from '../../relay/read-at-most.js';
import { connectionError } from '../http/connection-errors.js';
import { statusError } from '../http/status-errors.js';
import type { Provider, ProviderAnswer, ProviderCall, ProviderName, WireFormat } from '../provider.js';

export interface OpenAiCompatibleOptions {
  readonly name: ProviderName;
  /** Undefined: the upstream wants none. */
  readonly apiKey: string | undefined;
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly servesUnlistedNames?: boolean;
}

export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number;
  /** From the sending of the request to the answer's headers. */
  readonly firstByteTimeoutMs: number;
  /** Between two pieces of an answer. */
  readonly idleTimeoutMs: number;
}

/** At least as many as there are streams at once: each holds its connection to the end. */
const CONNECTIONS = 2_048;
const LIST_TIMEOUT_MS = 3_000;
const LARGEST_LIST_BYTES = 8 * 1024 * 1024;
const LARGEST_ERROR_BYTES = 64 * 1024;
const ERROR_BODY_TIMEOUT_MS = 2_000;

/** OpenAI and everything that speaks its protocol: OpenRouter, Cloudflare Workers AI, Ollama, vLLM. */
export class OpenAiCompatibleProvider implements Provider {
  readonly name: ProviderName;
  readonly servesUnlistedNames: boolean;
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly headers: Record<string, string>;
  private readonly firstByteTimeoutMs: number;

  constructor(options: OpenAiCompatibleOptions, timeouts: UpstreamTimeouts) {
    const url = new URL(options.baseUrl);
    this.name = options.name;
    this.servesUnlistedNames = options.servesUnlistedNames ?? false;
    this.basePath = url.pathname.replace(/\/+$/, '');
    this.firstByteTimeoutMs = timeouts.firstByteTimeoutMs;
    this.headers = { 'user-agent': 'gatehouse', 'accept-encoding': 'identity', ...options.headers };
    if (options.apiKey !== undefined) this.headers.authorization = `Bearer ${options.apiKey}`;
    this.pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: timeouts.connectTimeoutMs },
      // The reader of the body has an idle timeout of its own, which stands still while a slow client holds us up.
      bodyTimeout: 0,
    });
  }

  speaks(format: WireFormat): boolean {
    return format !== 'messages';
  }

  hasFreshKey(): boolean {
    return false;
  }

  async send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    const answer = await this.post(call, signal);
    const { statusCode, headers, body } = answer;
    if (statusCode !== 200) {
      const text = await readAtMost(body, LARGEST_ERROR_BYTES, ERROR_BODY_TIMEOUT_MS).catch(() => Buffer.alloc(0));
      throw statusError(statusCode, headers, text);
    }
    const isCompressed = (headers['content-encoding'] ?? 'identity') !== 'identity';
    if (isCompressed || (call.stream && !isEventStream(headers['content-type']))) {
      // Destroying the body of an answer that nobody reads makes it emit an abort error.
      body.on('error', () => undefined).destroy();
      throw upstreamFailed('The upstream provider sent an answer that is not in the expected format.', {
        code: 'upstream_malformed',
      });
    }
    return { body };
  }

  async listModels(): Promise<string[]> {
    const { statusCode, body } = await this.pool.request({
      method: 'GET',
      path: `${this.basePath}/models`,
      headers: { ...this.headers, accept: 'application/json' },
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

  private post(call: ProviderCall, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return this.postOnce(call, signal).catch((error: unknown) => {
      throw this.explain(error, signal);
    });
  }

  private postOnce(call: ProviderCall, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return this.pool.request({
      method: 'POST',
      path: `${this.basePath}/${call.format}`,
      headers: {
        ...this.headers,
        'content-type': 'application/json',
        accept: call.stream ? 'text/event-stream' : 'application/json',
        'x-client-request-id': call.requestId,
      },
      body: call.body,
      headersTimeout: this.firstByteTimeoutMs,
      signal,
    });
  }

  private explain(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted || error instanceof DomainError) return error;
    return connectionError(error);
  }
}

function isEventStream(contentType: string | string[] | undefined): boolean {
  return typeof contentType === 'string' && contentType.toLowerCase().startsWith('text/event-stream');
}
