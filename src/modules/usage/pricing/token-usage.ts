/**
 * Tokens of one call. Those read from and written to a provider's cache are part of the prompt tokens, reasoning tokens
 * part of the completion tokens.
 */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedPromptTokens: number;
  readonly reasoningTokens: number;
  /** Written to the provider's cache for five minutes; left out: none. */
  readonly cacheWrite5mTokens?: number;
  /** Written to the provider's cache for an hour; left out: none. */
  readonly cacheWrite1hTokens?: number;
}
