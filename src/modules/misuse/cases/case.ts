/** What a case is about: the behaviour score, Guardflow's deviation score, or a person's decision. */
export type CaseCause = 'behaviour' | 'deviation' | 'manual';

/**
 * `open`, `appealed` and `upheld` are blocks that hold: not appealed, waiting for a person, appealed and decided to stand.
 * The others are closed; `lifted`: time did it.
 */
export const CASE_STATES = ['open', 'appealed', 'upheld', 'unblocked', 'dismissed', 'lifted'] as const;
export type CaseState = (typeof CASE_STATES)[number];

export interface NewCase {
  readonly userId: number;
  readonly cause: CaseCause;
  readonly reason: string;
  readonly score: number | null;
  readonly enforced: boolean;
  readonly needsPerson: boolean;
}
