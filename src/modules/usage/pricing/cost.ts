import type { ModelPrice } from './model-price.js';
import type { TokenUsage } from './token-usage.js';

/**
 * Price of a call in whole nano-dollars; 0 for a model without a price. Prompt tokens read from a cache, and those
 * written to one, have prices of their own. Repricing in the database reckons the same way.
 */
export function costNanoUsd(usage: TokenUsage, price: ModelPrice | null): number {
  if (price === null) return 0;
  const { promptTokens, completionTokens, cachedPromptTokens, cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 } = usage;
  const { inputNanoUsdPerToken: input } = price;
  const cached = Math.min(cachedPromptTokens, promptTokens);
  const written5m = Math.min(cacheWrite5mTokens, promptTokens - cached);
  const written1h = Math.min(cacheWrite1hTokens, promptTokens - cached - written5m);
  return Math.round(
    (promptTokens - cached - written5m - written1h) * input +
      cached * price.cachedInputNanoUsdPerToken +
      written5m * (price.cacheWrite5mNanoUsdPerToken ?? input) +
      written1h * (price.cacheWrite1hNanoUsdPerToken ?? input) +
      completionTokens * price.outputNanoUsdPerToken,
  );
}
