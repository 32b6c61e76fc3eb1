import type { CaseCause, CaseState } from './case.js';
import { CitedEvidence } from './cited-evidence.dto.js';

/** What the blocked account itself sees. */
export class MyCase {
  id: string;
  state: CaseState;
  cause: CaseCause;
  reason: string;
  created_at: Date;
  closed_at: Date | null;
  appeal: string | null;
  appealed_at: Date | null;
  /** When a person looked at the appeal and decided that the block stands. */
  upheld_at: Date | null;
  /** What that person had to say to it. */
  answer: string | null;
  evidence: CitedEvidence[];
}
