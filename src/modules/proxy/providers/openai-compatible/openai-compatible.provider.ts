import { UpstreamHttp } from '../http/upstream-http.js';
import type { UpstreamAddress } from '../http/upstream-http.js';
import type { Provider, ProviderAnswer, ProviderCall, ProviderName, WireFormat } from '../provider.js';

export interface OpenAiCompatibleOptions extends UpstreamAddress {
  readonly name: ProviderName;
  readonly servesUnlistedNames: boolean;
}

/** OpenAI and everything that speaks its protocol: OpenRouter, Cloudflare Workers AI, Ollama, vLLM. */
export class OpenAiCompatibleProvider implements Provider {
  readonly name: ProviderName;
  readonly servesUnlistedNames: boolean;
  private readonly upstream: UpstreamHttp;

  constructor({ name, servesUnlistedNames, ...address }: OpenAiCompatibleOptions) {
    this.name = name;
    this.servesUnlistedNames = servesUnlistedNames;
    this.upstream = new UpstreamHttp(address, (key) => ({ authorization: `Bearer ${key}` }));
  }

  speaks(format: WireFormat): boolean {
    return format !== 'messages';
  }

  hasFreshKey(): boolean {
    return this.upstream.hasReadyKey();
  }

  async send({ format, stream, body, requestId }: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    const headers = { 'x-client-request-id': requestId };
    return { body: await this.upstream.post({ path: format, headers, body, stream }, signal) };
  }

  listModels(): Promise<string[]> {
    return this.upstream.modelIds('models');
  }

  retire(): Promise<void> {
    return this.upstream.retire();
  }

  close(): Promise<void> {
    return this.upstream.close();
  }
}
