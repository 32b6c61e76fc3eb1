import type { ModelPrice } from '../../usage/pricing/model-price.js';
import type { ModelRoute } from './model.js';
import { completionTokensWanted, priceToReserve, promptTokensToReserve } from './route-terms.js';
import { orderTargets } from './target-order.js';

const price = (input: number, cached: number, output: number): ModelPrice => ({
  version: `v${input}`,
  inputNanoUsdPerToken: input,
  cachedInputNanoUsdPerToken: cached,
  outputNanoUsdPerToken: output,
});
const route = (...prices: [ModelPrice | null, ...(ModelPrice | null)[]]): ModelRoute => {
  const [first, ...others] = prices.map((each) => ({ provider: 'p', upstreamModel: 'm', price: each }));
  if (first === undefined) throw new Error('a route has a target');
  return { model: 'm', targets: [first, ...others], contextTokens: 8_000, defaultCompletionTokens: 2_000 };
};

describe('priceToReserve', () => {
  it('is the dearest of all targets, part by part', () => {
    expect(priceToReserve(route(price(10, 5, 20), price(4, 4, 80)))).toEqual({ ...price(10, 5, 80), version: 'v10' });
  });

  it('is none as soon as one target has none', () => {
    expect(priceToReserve(route(price(1, 1, 1), null))).toBeNull();
  });
});

describe('promptTokensToReserve', () => {
  it('adds what a provider puts before tools, where there are any', () => {
    const anthropic = { ...route(null), toolInstructionTokens: 1_000 };
    expect(promptTokensToReserve(anthropic, { tools: [{}] }, 50)).toBe(1_050);
    expect(promptTokensToReserve(anthropic, { tools: [], functions: [{}] }, 50)).toBe(1_050);
    expect(promptTokensToReserve(anthropic, { tools: [] }, 50)).toBe(50);
    expect(promptTokensToReserve(route(null), { tools: [{}] }, 50)).toBe(50);
  });
});

describe('completionTokensWanted', () => {
  it('is what was asked for, within the bound of the model', () => {
    expect(completionTokensWanted(route(null), 5_000, 10)).toBe(5_000);
    expect(completionTokensWanted({ ...route(null), maxCompletionTokens: 300 }, 5_000, 10)).toBe(300);
  });

  it('is the default where nothing was asked for, as far as the context has room', () => {
    expect(completionTokensWanted(route(null), null, 10)).toBe(2_000);
    expect(completionTokensWanted(route(null), null, 6_500)).toBe(1_500);
    expect(completionTokensWanted(route(null), null, 50_000)).toBe(1_024);
    expect(completionTokensWanted({ ...route(null), maxCompletionTokens: 300 }, null, 10)).toBe(300);
  });
});

describe('orderTargets', () => {
  it('keeps the order of targets without weights', () => {
    const targets = [{ weight: null }, { weight: null }];
    expect(orderTargets(targets, () => 0.99)).toEqual(targets);
  });

  it('draws by weight, and keeps the others behind as fallbacks', () => {
    const [a, b, c] = [{ weight: 1 }, { weight: 2 }, { weight: 7 }];
    expect(orderTargets([a, b, c], () => 0.05)).toEqual([a, b, c]);
    expect(orderTargets([a, b, c], () => 0.25)).toEqual([b, c, a]);
    expect(orderTargets([a, b, c], () => 0.999_999)).toEqual([c, b, a]);
  });
});
