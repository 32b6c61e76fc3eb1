import type { ModelPrice } from '../../usage/pricing/model-price.js';
import type { JsonObject } from '../json/json-object.js';
import type { ModelRoute } from './model.js';

/** Left for the completion where the prompt's bound alone seems to fill the context: most prompts are much smaller. */
const LEAST_COMPLETION_TOKENS = 1_024;

/**
 * What a hold for a call on this route is reckoned with: the dearest of its targets' prices, part by part, so that no
 * fallback costs more than was held. Null, metered in tokens only, as soon as one target has no price.
 */
export function priceToReserve({ targets }: Pick<ModelRoute, 'targets'>): ModelPrice | null {
  const prices = targets.map(({ price }) => price);
  if (!prices.every((price) => price !== null)) return null;
  return prices.reduce((dearest, price) => ({
    version: dearest.version,
    inputNanoUsdPerToken: Math.max(dearest.inputNanoUsdPerToken, price.inputNanoUsdPerToken),
    cachedInputNanoUsdPerToken: Math.max(dearest.cachedInputNanoUsdPerToken, price.cachedInputNanoUsdPerToken),
    outputNanoUsdPerToken: Math.max(dearest.outputNanoUsdPerToken, price.outputNanoUsdPerToken),
  }));
}

/** The prompt's part of the reserve: an upper bound of what the request says, and what a provider puts before its tools. */
export function promptTokensToReserve(route: ModelRoute, body: JsonObject, estimated: number): number {
  const hasTools = [body.tools, body.functions].some((list) => Array.isArray(list) && list.length > 0);
  return hasTools ? estimated + (route.toolInstructionTokens ?? 0) : estimated;
}

/** The completion limit of a call for each choice: what was asked for, else the model's default, within the model's bound. */
export function completionTokensWanted(route: ModelRoute, asked: number | null, promptTokens: number): number {
  const room = Math.max(LEAST_COMPLETION_TOKENS, route.contextTokens - promptTokens);
  return Math.min(asked ?? Math.min(route.defaultCompletionTokens, room), route.maxCompletionTokens ?? Infinity);
}
