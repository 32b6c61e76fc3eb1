import type { Readable } from 'node:stream';

/** As the configuration names it: `openai`, `openrouter`, `cloudflare`, `anthropic`, `simulator` or the operator's own. */
export type ProviderName = string;

/** The wire format of a call, which is also its path below OpenAI's or Anthropic's `/v1`. */
export type WireFormat = 'chat/completions' | 'completions' | 'embeddings' | 'responses' | 'messages';

/** What goes upstream: the body in one wire format. */
export interface UpstreamCall {
  readonly format: WireFormat;
  readonly stream: boolean;
  readonly body: Buffer;
  /** Protocol headers of the client that the upstream should see, such as `anthropic-beta`. Lower case, no credentials. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call to a provider. */
export interface ProviderCall extends UpstreamCall {
  /** Our id of the call, told to the provider for its support. */
  readonly requestId: string;
}

/** A provider's answer of status 200: its body's bytes in the wire format of the call, JSON or SSE as the call wanted. */
export interface ProviderAnswer {
  /** Emits `error` when the connection breaks or the signal aborts; destroying it hangs up at once. */
  readonly body: Readable;
}

/** Speaks one upstream protocol. */
export interface Provider {
  readonly name: ProviderName;
  /** Answers for any model in its list, not only for those in the catalogue whose provider it is. */
  readonly servesUnlistedNames: boolean;
  /** Takes calls in this wire format, by itself or by translation. One that takes `messages` does so natively. */
  speaks(format: WireFormat): boolean;
  /** A key that the upstream refused or limited has a substitute that is ready now. */
  hasFreshKey(): boolean;
  /**
   * Sends a call once. Resolves when the answer's headers are there.
   * @throws DomainError for every answer but a 200, with our own text and code; the signal's reason when it aborts
   */
  send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer>;
  /** Names of the models that the provider offers. Rejects when it cannot be asked. */
  listModels(): Promise<string[]>;
  /** Takes no new calls; resolves when those under way have ended. */
  retire(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}
