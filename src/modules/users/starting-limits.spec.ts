import { startingLimits } from './starting-limits.js';

const defaults = {
  defaultDailyTokens: 10_000,
  defaultMonthlyTokens: 300_000,
  defaultRequestsPerHour: 100,
  defaultTokenBalance: 1_000_000,
};
const balanceOnly = { requestsPerHour: null, tokensPerDay: null, tokensPerMonth: null, lifetimeTokens: 1_000_000 };

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
      requestsPerHour: 100,
      tokensPerDay: 10_000,
      tokensPerMonth: 300_000,
      lifetimeTokens: null,
    });
  });

  it('keeps zero and null as chosen by the administrator', () => {
    expect(startingLimits('admin', defaults, { tokensPerDay: 0, tokensPerMonth: null, requestsPerHour: 5 })).toEqual({
      requestsPerHour: 5,
      tokensPerDay: 0,
      tokensPerMonth: null,
      lifetimeTokens: null,
    });
  });

  it('does not limit the first administrator', () => {
    expect(Object.values(startingLimits('bootstrap', defaults))).toEqual([null, null, null, null]);
  });
});
