import { Evidence } from '../evidence.dto.js';
import { CaseEvent } from './case-event.dto.js';
import { CaseView } from './case-view.dto.js';

export class CaseDetail extends CaseView {
  /** The flagged prompts that were there when the case was opened. */
  evidence: Evidence[];
  /** What happened to the account, oldest first. */
  events: CaseEvent[];
}
