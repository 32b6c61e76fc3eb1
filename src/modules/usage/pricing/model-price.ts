/** What a model costs. Nano-dollars per token are integers for every price given in whole tenths of a cent per million. */
export interface ModelPrice {
  /** Version of the price table that this price stands in; ledger rows keep it. */
  readonly version: string;
  readonly inputNanoUsdPerToken: number;
  readonly cachedInputNanoUsdPerToken: number;
  readonly outputNanoUsdPerToken: number;
  /** Prompt tokens that the provider's cache keeps for five minutes, and for an hour; left out: as other input. */
  readonly cacheWrite5mNanoUsdPerToken?: number;
  readonly cacheWrite1hNanoUsdPerToken?: number;
}
