import { billedShare } from './billed-share.js';
import { costNanoUsd } from './cost.js';

const PRICE = {
  version: 'v1',
  inputNanoUsdPerToken: 1_000,
  cachedInputNanoUsdPerToken: 100,
  outputNanoUsdPerToken: 5_000,
};
const WRITES = { cacheWrite5mNanoUsdPerToken: 1_250, cacheWrite1hNanoUsdPerToken: 2_000 };
const USAGE = { promptTokens: 100, completionTokens: 10, cachedPromptTokens: 20, reasoningTokens: 4 };

describe('costNanoUsd', () => {
  it('bills each kind of tokens at its price', () => {
    expect(costNanoUsd(USAGE, PRICE)).toBe(80 * 1_000 + 20 * 100 + 10 * 5_000);
    const usage = { ...USAGE, cacheWrite5mTokens: 30, cacheWrite1hTokens: 40 };
    expect(costNanoUsd(usage, { ...PRICE, ...WRITES })).toBe(
      10 * 1_000 + 20 * 100 + 30 * 1_250 + 40 * 2_000 + 10 * 5_000,
    );
  });

  it('bills what was written to a cache as other input where it has no price of its own', () => {
    expect(costNanoUsd({ ...USAGE, cacheWrite5mTokens: 30, cacheWrite1hTokens: 40 }, PRICE)).toBe(
      costNanoUsd(USAGE, PRICE),
    );
  });

  it('never bills more prompt tokens than there are', () => {
    const usage = { ...USAGE, completionTokens: 0, cacheWrite5mTokens: 500, cacheWrite1hTokens: 500 };
    expect(costNanoUsd(usage, { ...PRICE, ...WRITES })).toBe(20 * 100 + 80 * 1_250);
  });

  it('is nothing without a price', () => {
    expect(costNanoUsd(USAGE, null)).toBe(0);
  });
});

describe('billedShare', () => {
  it.each([
    [100, 100, 10],
    [50, 50, 5],
    [33, 33, 4],
    [0, 0, 0],
  ])('takes %i %%', (percent, promptTokens, completionTokens) => {
    expect(billedShare(USAGE, percent)).toMatchObject({ promptTokens, completionTokens });
  });
});
