import type { TokenUsage } from './token-usage.js';

/**
 * What is billed of a usage: this share of each kind of tokens, rounded up, so that prices, limits and corrections apply
 * to it as to any other usage.
 * @param percent 0 to 100
 */
export function billedShare(usage: TokenUsage, percent: number): TokenUsage {
  const share = (tokens: number) => Math.ceil((tokens * percent) / 100);
  return {
    promptTokens: share(usage.promptTokens),
    completionTokens: share(usage.completionTokens),
    cachedPromptTokens: share(usage.cachedPromptTokens),
    reasoningTokens: share(usage.reasoningTokens),
    cacheWrite5mTokens: share(usage.cacheWrite5mTokens ?? 0),
    cacheWrite1hTokens: share(usage.cacheWrite1hTokens ?? 0),
  };
}
