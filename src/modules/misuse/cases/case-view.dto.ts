import type { CaseCause, CaseState } from './case.js';

/** Why an account was blocked, and what became of it. */
export class CaseView {
  id: string;
  user_id: number;
  user_email: string;
  user_name: string | null;
  cause: CaseCause;
  state: CaseState;
  reason: string;
  /** The score that led to it: nats for behaviour, points for deviation; null for a person's decision. */
  score: number | null;
  /** False: decided in shadow mode or about an allow-listed account, and not carried out. */
  enforced: boolean;
  /** Decay does not lift it: it is not the first. */
  needs_person: boolean;
  appeal: string | null;
  appealed_at: Date | null;
  /** When and by whom the appeal was decided, when the block stands. */
  upheld_at: Date | null;
  upheld_by: number | null;
  /** What the account was told then. */
  answer: string | null;
  closed_by: number | null;
  closed_at: Date | null;
  created_at: Date;
}
