import type { ModelPrice } from '../../usage/pricing/model-price.js';

/** One USD per million tokens is a thousand nano-dollars per token. */
const NANO_USD_PER_TOKEN = 1_000;

/** A price given in USD per million tokens. */
export function modelPrice(version: string, input: number, cachedInput: number, output: number): ModelPrice {
  return {
    version,
    inputNanoUsdPerToken: Math.round(input * NANO_USD_PER_TOKEN),
    cachedInputNanoUsdPerToken: Math.round(cachedInput * NANO_USD_PER_TOKEN),
    outputNanoUsdPerToken: Math.round(output * NANO_USD_PER_TOKEN),
  };
}
