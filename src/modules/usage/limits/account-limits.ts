import type { QuotaView } from './quota-view.dto.js';

/** What an account may use. Null is unlimited. */
export interface AccountLimits {
  readonly requestsPerHour: number | null;
  readonly tokensPerDay: number | null;
  readonly tokensPerMonth: number | null;
  /** The lifetime balance: tokens that the account may ever use. */
  readonly lifetimeTokens: number | null;
}

export const UNLIMITED: AccountLimits = {
  requestsPerHour: null,
  tokensPerDay: null,
  tokensPerMonth: null,
  lifetimeTokens: null,
};

export interface AccountQuota {
  readonly daily: QuotaView;
  readonly monthly: QuotaView;
  readonly balance: QuotaView;
  readonly requestsPerHour: number | null;
  /** Calls ever admitted. */
  readonly totalRequests: number;
}
