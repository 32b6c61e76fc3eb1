/** Tokens of one call. Cached tokens are part of the prompt tokens, reasoning tokens part of the completion tokens. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedPromptTokens: number;
  readonly reasoningTokens: number;
}
