import type { Config } from '../../config/config.js';
import { UNLIMITED } from '../usage/limits/account-limits.js';
import type { AccountLimits } from '../usage/limits/account-limits.js';
import type { LimitOverrides, UserOrigin } from './user-account.js';

type Defaults = Pick<
  Config['limits'],
  | 'defaultDailyTokens'
  | 'defaultMonthlyTokens'
  | 'defaultRequestsPerHour'
  | 'defaultTokenBalance'
  | 'defaultCostPerDayNanoUsd'
  | 'defaultCostPerMonthNanoUsd'
  | 'defaultConcurrentRequests'
  | 'defaultAllowedModels'
>;

/**
 * The limits that a new account starts with. Who registered alone, or came from Google, gets one lifetime balance; an
 * administrator hands out calendar quotas; the first administrator is not limited. What protects the owner (cost, models,
 * requests in flight) holds for everybody else alike.
 */
export function startingLimits(origin: UserOrigin, defaults: Defaults, overrides: LimitOverrides = {}): AccountLimits {
  switch (origin) {
    case 'bootstrap':
      return UNLIMITED;
    case 'self':
    case 'google':
      return { ...UNLIMITED, ...protection(defaults), lifetimeTokens: defaults.defaultTokenBalance };
    case 'admin':
      return {
        requestsPerMinute: overrides.requestsPerMinute ?? null,
        requestsPerHour: orDefault(overrides.requestsPerHour, defaults.defaultRequestsPerHour),
        tokensPerDay: orDefault(overrides.tokensPerDay, defaults.defaultDailyTokens),
        tokensPerMonth: orDefault(overrides.tokensPerMonth, defaults.defaultMonthlyTokens),
        lifetimeTokens: null,
        ...protection(defaults, overrides),
      };
  }
}

function protection(defaults: Defaults, chosen: LimitOverrides = {}) {
  return {
    costPerDayNanoUsd: orDefault(chosen.costPerDayNanoUsd, defaults.defaultCostPerDayNanoUsd),
    costPerMonthNanoUsd: orDefault(chosen.costPerMonthNanoUsd, defaults.defaultCostPerMonthNanoUsd),
    concurrentRequests: orDefault(chosen.concurrentRequests, defaults.defaultConcurrentRequests),
    allowedModels: orDefault(chosen.allowedModels, defaults.defaultAllowedModels),
  };
}

/** Null is a choice (unlimited); only a limit that was left out takes the default. */
function orDefault<T>(chosen: T | null | undefined, fallback: T | null): T | null {
  return chosen === undefined ? fallback : chosen;
}
