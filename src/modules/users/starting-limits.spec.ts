import { UNLIMITED } from '../usage/limits/account-limits.js';
import { startingLimits } from './starting-limits.js';

const defaults = {
  defaultDailyTokens: 10_000,
  defaultMonthlyTokens: 300_000,
  defaultRequestsPerHour: 100,
  defaultTokenBalance: 1_000_000,
  defaultCostPerDayNanoUsd: null,
  defaultCostPerMonthNanoUsd: null,
  defaultConcurrentRequests: null,
  defaultAllowedModels: null,
};
const balanceOnly = { ...UNLIMITED, lifetimeTokens: 1_000_000 };

describe('startingLimits', () => {
  it.each(['self', 'google'] as const)(
    'gives an account of origin %s a lifetime balance and nothing else',
    (origin) => {
      expect(startingLimits(origin, defaults)).toEqual(balanceOnly);
    },
  );

  it('lets nobody raise the limits of a self-registered account', () => {
    expect(startingLimits('self', defaults, { tokensPerDay: 9_999_999 })).toEqual(balanceOnly);
  });

  it('gives calendar quotas to an account that an administrator made', () => {
    expect(startingLimits('admin', defaults)).toEqual({
      ...UNLIMITED,
      requestsPerMinute: null,
      requestsPerHour: 100,
      tokensPerDay: 10_000,
      tokensPerMonth: 300_000,
      lifetimeTokens: null,
    });
  });

  it('keeps zero and null as chosen by the administrator', () => {
    expect(startingLimits('admin', defaults, { tokensPerDay: 0, tokensPerMonth: null, requestsPerHour: 5 })).toEqual({
      ...UNLIMITED,
      requestsPerMinute: null,
      requestsPerHour: 5,
      tokensPerDay: 0,
      tokensPerMonth: null,
      lifetimeTokens: null,
    });
  });

  it('does not limit the first administrator', () => {
    expect(startingLimits('bootstrap', defaults)).toEqual(UNLIMITED);
  });

  describe('with a protection of the owner', () => {
    const protection = {
      defaultCostPerDayNanoUsd: 5,
      defaultCostPerMonthNanoUsd: 50,
      defaultConcurrentRequests: 4,
      defaultAllowedModels: ['gpt-4o-mini'],
    };
    const expected = {
      costPerDayNanoUsd: 5,
      costPerMonthNanoUsd: 50,
      concurrentRequests: 4,
      allowedModels: ['gpt-4o-mini'],
    };

    it.each(['self', 'google', 'admin'] as const)('protects the owner from an account of origin %s', (origin) => {
      expect(startingLimits(origin, { ...defaults, ...protection })).toMatchObject(expected);
    });

    it('lets an administrator choose otherwise, but nobody else', () => {
      const chosen = { costPerDayNanoUsd: 7, allowedModels: null };
      expect(startingLimits('admin', { ...defaults, ...protection }, chosen)).toMatchObject({ ...expected, ...chosen });
      expect(startingLimits('self', { ...defaults, ...protection }, chosen)).toMatchObject(expected);
    });

    it('does not limit the first administrator', () => {
      expect(startingLimits('bootstrap', { ...defaults, ...protection })).toEqual(UNLIMITED);
    });
  });
});
