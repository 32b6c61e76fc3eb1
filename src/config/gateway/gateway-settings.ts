/** The protocol and the habits of an upstream. */
export const PROVIDER_KINDS = ['openai', 'anthropic', 'openrouter', 'cloudflare'] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/** One upstream account. */
export interface ProviderSettings {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  /** Used in turn. Empty: the upstream wants none. In memory only, never in a log. */
  readonly apiKeys: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** It answers for any model in its list, whatever the form of the name. */
  readonly servesUnlistedNames: boolean;
  /** Null: as for all providers. */
  readonly connectTimeoutMs: number | null;
  readonly firstByteTimeoutMs: number | null;
}

/** USD for a million tokens. */
export interface PriceSettings {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** One place where a model is answered. */
export interface TargetSettings {
  readonly provider: string;
  /** The model's name there. */
  readonly upstreamModel: string;
  /** Null: the built-in price of that name, if there is one. */
  readonly price: PriceSettings | null;
  /** Its share of the calls; null: targets are asked in their order. */
  readonly weight: number | null;
}

/** A model that the operator offers. */
export interface ModelSettings {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly ownedBy: string;
  readonly contextTokens: number;
  /** Completion limit of a request that names none. */
  readonly defaultCompletionTokens: number;
  /** No completion may be longer; null: no bound but the context. */
  readonly maxCompletionTokens: number | null;
  /** Never empty. */
  readonly targets: readonly TargetSettings[];
}

/** What the gateway offers and where it gets it. */
export interface GatewaySettings {
  readonly providers: readonly ProviderSettings[];
  readonly models: readonly ModelSettings[];
  /** Whether the built-in catalogue and the providers' own lists are offered beside `models`. */
  readonly offersOtherModels: boolean;
  /** Version of the prices in `models`; ledger rows keep it. */
  readonly priceVersion: string;
}
