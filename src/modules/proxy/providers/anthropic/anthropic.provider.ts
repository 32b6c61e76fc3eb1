import { pipeline, Readable } from 'node:stream';
import { isJsonObject } from '../../json/json-object.js';
import { readAnswerBytes } from '../../relay/whole-answer.js';
import { UpstreamHttp } from '../http/upstream-http.js';
import type { UpstreamAddress } from '../http/upstream-http.js';
import type { Provider, ProviderAnswer, ProviderCall, ProviderName, WireFormat } from '../provider.js';
import { completionOf } from './completion.js';
import { CompletionStream } from './completion-stream.js';
import { messagesRequest } from './messages-request.js';

export interface AnthropicOptions extends UpstreamAddress {
  readonly name: ProviderName;
}

const PROTOCOL_VERSION = '2023-06-01';

/** Anthropic's Messages API. Takes calls in its own format as they are, and OpenAI's chat format by translation. */
export class AnthropicProvider implements Provider {
  readonly name: ProviderName;
  readonly servesUnlistedNames = false;
  private readonly upstream: UpstreamHttp;
  private readonly idleTimeoutMs: number;

  constructor({ name, ...address }: AnthropicOptions) {
    this.name = name;
    this.idleTimeoutMs = address.timeouts.idleTimeoutMs;
    // Given with or without its version, as people copy it from the one documentation or the other.
    const baseUrl = address.baseUrl.replace(/(\/v1)?\/*$/, '');
    this.upstream = new UpstreamHttp({ ...address, baseUrl }, (key) => ({ 'x-api-key': key }));
  }

  speaks(format: WireFormat): boolean {
    return format === 'messages' || format === 'chat/completions';
  }

  hasFreshKey(): boolean {
    return this.upstream.hasReadyKey();
  }

  async send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    if (call.format === 'messages') return { body: await this.post(call, call.body, signal) };
    const answer = await this.post(call, messagesRequest(JSON.parse(call.body.toString())), signal);
    return { body: call.stream ? translatedStream(answer) : await this.translatedWhole(answer) };
  }

  listModels(): Promise<string[]> {
    return this.upstream.modelIds('v1/models?limit=1000');
  }

  retire(): Promise<void> {
    return this.upstream.retire();
  }

  close(): Promise<void> {
    return this.upstream.close();
  }

  private post({ stream, headers, requestId }: ProviderCall, body: Buffer, signal: AbortSignal): Promise<Readable> {
    const ours = { 'anthropic-version': PROTOCOL_VERSION, 'x-client-request-id': requestId };
    return this.upstream.post({ path: 'v1/messages', headers: { ...ours, ...headers }, body, stream }, signal);
  }

  /** What is not a message passes as it is: the reader of the answer refuses it. */
  private async translatedWhole(answer: Readable): Promise<Readable> {
    const bytes = await readAnswerBytes(answer, this.idleTimeoutMs);
    const message = parse(bytes);
    const isMessage = isJsonObject(message) && Array.isArray(message.content);
    return Readable.from([isMessage ? Buffer.from(JSON.stringify(completionOf(message))) : bytes]);
  }
}

function translatedStream(answer: Readable): Readable {
  // Whatever ends one side ends the other; the reader of the stream learns of it from its own events.
  return pipeline(answer, new CompletionStream(), () => undefined);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // Not JSON: passes as it is, and is refused as malformed.
    return undefined;
  }
}
