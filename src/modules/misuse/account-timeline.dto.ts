import { CaseEvent } from './cases/case-event.dto.js';
import { CaseView } from './cases/case-view.dto.js';
import { Evidence } from './evidence.dto.js';
import { Standing } from './standing.dto.js';

export class AccountTimeline extends Standing {
  cases: CaseView[];
  /** Oldest first. */
  events: CaseEvent[];
  /** Newest first. */
  evidence: Evidence[];
}
