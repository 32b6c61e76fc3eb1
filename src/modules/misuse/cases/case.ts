import type { Evidence } from '../assessment.js';

/** What a case is about: the behaviour score, Guardflow's deviation score, or a person's decision. */
export type CaseCause = 'behaviour' | 'deviation' | 'manual';

/** `lifted`: time did it. */
export const CASE_STATES = ['open', 'appealed', 'unblocked', 'dismissed', 'lifted'] as const;
export type CaseState = (typeof CASE_STATES)[number];

/** Why an account was blocked, and what became of it. */
export interface CaseView {
  readonly id: string;
  readonly user_id: number;
  readonly user_email: string;
  readonly user_name: string | null;
  readonly cause: CaseCause;
  readonly state: CaseState;
  readonly reason: string;
  /** The score that led to it: nats for behaviour, points for deviation; null for a person's decision. */
  readonly score: number | null;
  /** False: decided in shadow mode or about an allow-listed account, and not carried out. */
  readonly enforced: boolean;
  /** Decay does not lift it: it is not the first. */
  readonly needs_person: boolean;
  readonly appeal: string | null;
  readonly appealed_at: Date | null;
  readonly closed_by: number | null;
  readonly closed_at: Date | null;
  readonly created_at: Date;
}

/** A step between levels, or what a person did. */
export interface CaseEvent {
  readonly kind: string;
  readonly happened_at: Date;
  readonly request_id: string | null;
  readonly case_id: string | null;
  /** Null: the gateway itself. */
  readonly actor_id: number | null;
  readonly enforced: boolean;
  readonly details: Record<string, unknown>;
}

export interface CaseDetail extends CaseView {
  /** The flagged prompts that were there when the case was opened. */
  readonly evidence: Evidence[];
  /** What happened to the account, oldest first. */
  readonly events: CaseEvent[];
}

/** Of a piece of evidence, what the account itself sees: which request, and what was found in it. */
export type OwnEvidence = Pick<
  Evidence,
  'request_id' | 'at' | 'category' | 'score' | 'guard_intent' | 'task_id' | 'deviation_delta'
>;

/** What the blocked account itself sees. */
export interface MyCase {
  readonly id: string;
  readonly state: CaseState;
  readonly cause: CaseCause;
  readonly reason: string;
  readonly created_at: Date;
  readonly closed_at: Date | null;
  readonly appeal: string | null;
  readonly appealed_at: Date | null;
  readonly evidence: OwnEvidence[];
}

export interface NewCase {
  readonly userId: number;
  readonly cause: CaseCause;
  readonly reason: string;
  readonly score: number | null;
  readonly enforced: boolean;
  readonly needsPerson: boolean;
}
