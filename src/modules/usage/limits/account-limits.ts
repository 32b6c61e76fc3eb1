/** What an account may use. Null is unlimited. */
export interface AccountLimits {
  readonly requestsPerHour: number | null;
  readonly tokensPerDay: number | null;
  readonly tokensPerMonth: number | null;
  /** The lifetime balance: tokens that the account may ever use. */
  readonly lifetimeTokens: number | null;
  readonly costPerDayNanoUsd: number | null;
  readonly costPerMonthNanoUsd: number | null;
  /** Requests in flight at once. */
  readonly concurrentRequests: number | null;
  /** Public names of the models that the account may use. */
  readonly allowedModels: readonly string[] | null;
}

export const UNLIMITED: AccountLimits = {
  requestsPerHour: null,
  tokensPerDay: null,
  tokensPerMonth: null,
  lifetimeTokens: null,
  costPerDayNanoUsd: null,
  costPerMonthNanoUsd: null,
  concurrentRequests: null,
  allowedModels: null,
};

/** One quota as the API shows it. `limit`, `remaining` and `percentage` are null when there is no limit. */
export interface QuotaView {
  readonly used: number;
  readonly held: number;
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Used part of the limit in percent, two decimals. */
  readonly percentage: number | null;
  readonly resets_at: string | null;
}

export interface AccountQuota {
  readonly daily: QuotaView;
  readonly monthly: QuotaView;
  readonly balance: QuotaView;
  readonly limits: AccountLimits;
  /** Calls ever admitted. */
  readonly totalRequests: number;
}
