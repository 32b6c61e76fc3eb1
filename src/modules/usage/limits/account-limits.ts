import type { QuotaView } from './quota-view.dto.js';

/** What an account may use. Null is unlimited. */
export interface AccountLimits {
  /** Of all calls together, beside what each key and task has. */
  readonly requestsPerMinute: number | null;
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
  requestsPerMinute: null,
  requestsPerHour: null,
  tokensPerDay: null,
  tokensPerMonth: null,
  lifetimeTokens: null,
  costPerDayNanoUsd: null,
  costPerMonthNanoUsd: null,
  concurrentRequests: null,
  allowedModels: null,
};

export interface AccountQuota {
  readonly daily: QuotaView;
  readonly monthly: QuotaView;
  readonly balance: QuotaView;
  readonly limits: AccountLimits;
  /** Calls ever admitted. */
  readonly totalRequests: number;
}
