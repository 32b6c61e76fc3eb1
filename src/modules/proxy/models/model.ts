import type { ModelPrice } from '../../usage/pricing/model-price.js';
import type { ImageTokens } from '../dialects/openai-chat/estimate.js';
import type { ProviderName } from '../providers/provider.js';

/** USD for a million tokens. */
export interface UsdPerMillionTokens {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** A model that Gatehouse knows without asking its provider. */
export interface CatalogueModel {
  /** Public name. */
  readonly id: string;
  readonly ownedBy: string;
  readonly provider: ProviderName;
  /** Prompt and completion together, in tokens. */
  readonly contextTokens: number;
  /** Completion limit of a request that names none. */
  readonly defaultCompletionTokens: number;
  /** Null: free at its provider or not known, so metered in tokens only. */
  readonly usd: UsdPerMillionTokens | null;
  /** Where an image can become more tokens than usual. */
  readonly imageTokens?: ImageTokens;
}

/** A target as it is configured. */
export interface OfferedTarget extends ModelTarget {
  /** Its share of the calls; null: targets are asked in their order. */
  readonly weight: number | null;
}

/** A model that is known by name, and where it is answered. */
export interface OfferedModel {
  readonly id: string;
  /** Other public names of it. */
  readonly aliases?: readonly string[];
  readonly ownedBy: string;
  readonly contextTokens: number;
  readonly defaultCompletionTokens: number;
  readonly maxCompletionTokens?: number;
  readonly imageTokens?: ImageTokens;
  readonly targets: readonly OfferedTarget[];
}

/** One provider that can answer for a model. */
export interface ModelTarget {
  readonly provider: ProviderName;
  readonly upstreamModel: string;
  readonly price: ModelPrice | null;
}

/** Where calls for a public model name go. */
export interface ModelRoute {
  readonly model: string;
  /** In order of preference; never empty. */
  readonly targets: readonly [ModelTarget, ...ModelTarget[]];
  readonly contextTokens: number;
  readonly defaultCompletionTokens: number;
  /** No completion may be longer, whatever the client asks for. */
  readonly maxCompletionTokens?: number;
  readonly imageTokens?: ImageTokens;
  /** What a provider adds to the prompt of a request with tools. */
  readonly toolInstructionTokens?: number;
}
