/** What can have limits of its own below the installation. The numbers are those of the tables. */
export const SUBJECT_NUMBERS = { account: 1, key: 2, task: 3 } as const;
export type LimitedSubject = keyof typeof SUBJECT_NUMBERS;

/** Limits of a key, or of an account's calls under a task. Null is unlimited. */
export interface SubjectLimits {
  readonly requestsPerMinute: number | null;
  readonly requestsPerHour: number | null;
  readonly tokensPerDay: number | null;
  readonly tokensPerMonth: number | null;
  readonly lifetimeTokens: number | null;
  readonly costPerDayNanoUsd: number | null;
  readonly costPerMonthNanoUsd: number | null;
  readonly lifetimeCostNanoUsd: number | null;
}

/** One limit and what is used of it. `held` belongs to calls in flight; requests are never held. */
export interface LimitView {
  /** Null: no limit. What is used is counted under a limit only, but for the tokens and the cost of accounts. */
  readonly limit: number | null;
  readonly used: number;
  readonly held: number;
  /** Null for limits for life, and while nothing is counted. */
  readonly resets_at: Date | null;
}

/** Every limit of one subject. Costs are in dollars. */
export interface SubjectLimitsView {
  readonly subject: LimitedSubject;
  /** Integer id of the key or task; null for the account. */
  readonly subject_id: number | null;
  readonly requests_per_minute: LimitView;
  readonly requests_per_hour: LimitView;
  readonly tokens_per_day: LimitView;
  readonly tokens_per_month: LimitView;
  readonly lifetime_tokens: LimitView;
  readonly cost_per_day_usd: LimitView;
  readonly cost_per_month_usd: LimitView;
  readonly lifetime_cost_usd: LimitView;
}
