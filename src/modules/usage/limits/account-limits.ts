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
  readonly requestsPerHour: number | null;
  /** Calls ever admitted. */
  readonly totalRequests: number;
}
