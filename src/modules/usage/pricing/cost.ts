import type { ModelPrice } from './model-price.js';
import type { TokenUsage } from './token-usage.js';

/** Price of a call in whole nano-dollars; 0 for a model without a price. Cached prompt tokens have a price of their own. */
export function costNanoUsd(usage: TokenUsage, price: ModelPrice | null): number {
  if (price === null) return 0;
  const cached = Math.min(usage.cachedPromptTokens, usage.promptTokens);
  return Math.round(
    (usage.promptTokens - cached) * price.inputNanoUsdPerToken +
      cached * price.cachedInputNanoUsdPerToken +
      usage.completionTokens * price.outputNanoUsdPerToken,
  );
}
