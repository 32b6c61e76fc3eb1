import type { Config } from '../../config/config.js';
import { UNLIMITED } from '../usage/limits/account-limits.js';
import type { AccountLimits } from '../usage/limits/account-limits.js';
import type { LimitOverrides, UserOrigin } from './user-account.js';

type Defaults = Pick<
  Config['limits'],
  'defaultDailyTokens' | 'defaultMonthlyTokens' | 'defaultRequestsPerHour' | 'defaultTokenBalance'
>;

/**
 * The limits that a new account starts with. Who registered alone, or came from Google, gets one lifetime balance; an
 * administrator hands out calendar quotas; the first administrator is not limited.
 */
export function startingLimits(origin: UserOrigin, defaults: Defaults, overrides: LimitOverrides = {}): AccountLimits {
  switch (origin) {
    case 'bootstrap':
      return UNLIMITED;
    case 'self':
    case 'google':
      return { ...UNLIMITED, lifetimeTokens: defaults.defaultTokenBalance };
    case 'admin':
      return {
        requestsPerHour: orDefault(overrides.requestsPerHour, defaults.defaultRequestsPerHour),
        tokensPerDay: orDefault(overrides.tokensPerDay, defaults.defaultDailyTokens),
        tokensPerMonth: orDefault(overrides.tokensPerMonth, defaults.defaultMonthlyTokens),
        lifetimeTokens: null,
      };
  }
}

/** Null is a choice (unlimited); only a limit that was left out takes the default. */
function orDefault(chosen: number | null | undefined, fallback: number): number | null {
  return chosen === undefined ? fallback : chosen;
}
