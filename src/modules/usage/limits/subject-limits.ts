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
