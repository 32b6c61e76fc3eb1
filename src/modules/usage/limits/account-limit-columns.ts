import type { AccountLimits } from './account-limits.js';

type LimitName = keyof AccountLimits;

/** Where each limit of an account stands in `quota_accounts`. */
const COLUMNS: Readonly<Record<LimitName, string>> = {
  requestsPerMinute: 'requests_per_minute',
  requestsPerHour: 'requests_per_hour',
  tokensPerDay: 'tokens_per_day',
  tokensPerMonth: 'tokens_per_month',
  lifetimeTokens: 'lifetime_tokens',
  costPerDayNanoUsd: 'cost_per_day_nano_usd',
  costPerMonthNanoUsd: 'cost_per_month_nano_usd',
  concurrentRequests: 'concurrent_requests',
  allowedModels: 'allowed_models',
};

export const ACCOUNT_LIMIT_NAMES = Object.keys(COLUMNS) as readonly LimitName[];
export const ACCOUNT_LIMIT_COLUMNS: readonly string[] = Object.values(COLUMNS);
/** The columns under the names of their limits, of a table called a. */
export const SELECTED_ACCOUNT_LIMITS = ACCOUNT_LIMIT_NAMES.map((name) => `a.${COLUMNS[name]} AS "${name}"`).join(', ');

/** As the driver reads them: a bigint is text. */
export type AccountLimitsRow = Readonly<Record<LimitName, number | string | string[] | null>>;

export function accountLimitsOf(row: AccountLimitsRow): AccountLimits {
  const { allowedModels, ...numbers } = row;
  const entries = Object.entries(numbers)
    .filter(([name]) => name in COLUMNS)
    .map(([name, value]) => [name, value === null ? null : Number(value)]);
  return {
    ...(Object.fromEntries(entries) as Omit<AccountLimits, 'allowedModels'>),
    allowedModels: listOf(allowedModels),
  };
}

/** In the order of the columns. */
export function accountLimitValues(limits: AccountLimits): unknown[] {
  return ACCOUNT_LIMIT_NAMES.map((name) => limits[name]);
}

function listOf(value: AccountLimitsRow['allowedModels']): readonly string[] | null {
  return Array.isArray(value) ? value : null;
}
