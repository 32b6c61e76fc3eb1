import type { Readable } from 'node:stream';

export type ProviderName = 'openai' | 'openrouter' | 'cloudflare' | 'anthropic' | 'simulator';

/** One call to a provider, in OpenAI wire format. */
export interface ProviderCall {
  /** Our id of the call, told to the provider for its support. */
  readonly requestId: string;
  readonly stream: boolean;
  readonly body: Buffer;
}

/** A provider's answer of status 200: its body's bytes in OpenAI wire format, JSON or SSE as the call wanted. */
export interface ProviderAnswer {
  /** Emits `error` when the connection breaks or the signal aborts; destroying it hangs up at once. */
  readonly body: Readable;
}

/** Speaks one upstream protocol, with OpenAI's wire format on our side. */
export interface Provider {
  readonly name: ProviderName;
  /** Answers for any model in its list, not only for those in the catalogue whose provider it is. */
  readonly servesUnlistedNames: boolean;
  /**
   * Resolves when the answer's headers are there.
   * @throws DomainError for every answer but a 200, with our own text and code; the signal's reason when it aborts
   */
  send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer>;
  /** Names of the models that the provider offers. Rejects when it cannot be asked. */
  listModels(): Promise<string[]>;
  close(): Promise<void>;
}
