import type { ModelPrice } from '../../usage/pricing/model-price.js';
import type { UsdPerMillionTokens } from './model.js';

/** One USD per million tokens is a thousand nano-dollars per token. */
const NANO_USD_PER_TOKEN = 1_000;

/** A price given in USD per million tokens. */
export function modelPrice(version: string, usd: UsdPerMillionTokens): ModelPrice {
  const { input, cachedInput, output, cacheWrite5m, cacheWrite1h } = usd;
  return {
    version,
    inputNanoUsdPerToken: nanoUsdPerToken(input),
    cachedInputNanoUsdPerToken: nanoUsdPerToken(cachedInput),
    outputNanoUsdPerToken: nanoUsdPerToken(output),
    ...(cacheWrite5m !== undefined && { cacheWrite5mNanoUsdPerToken: nanoUsdPerToken(cacheWrite5m) }),
    ...(cacheWrite1h !== undefined && { cacheWrite1hNanoUsdPerToken: nanoUsdPerToken(cacheWrite1h) }),
  };
}

function nanoUsdPerToken(usd: number): number {
  return Math.round(usd * NANO_USD_PER_TOKEN);
}
