import type { AdmissionRequest } from '../admission/admission.types.js';
import type { AdmissionRow } from '../admission/admit.statement.js';
import type { LimitUse } from './limit-alert.js';

/** A limit that refused a call because too little of it is left. */
export interface RefusedLimit extends Pick<LimitUse, 'userId' | 'subject' | 'subjectId' | 'period' | 'measure'> {
  /** The limit as it was then: tokens, or nano-dollars. */
  readonly limit: number;
  readonly used: number;
  /** When the window ends that refused, as far as was known then; null for life. */
  readonly resetsAt: Date | null;
  /** By the database's clock. */
  readonly refusedAt: Date;
}

const MEASURES: Partial<Record<AdmissionRow['outcome'], LimitUse['measure']>> = {
  tokens_spent: 'tokens',
  cost_spent: 'cost',
};

/** The spent limit that an admission was refused by; null when something else refused it. */
export function refusedLimitOf(request: AdmissionRequest, row: AdmissionRow): RefusedLimit | null {
  const measure = MEASURES[row.outcome];
  if (measure === undefined) return null;
  const subject = row.refusing_subject as LimitUse['subject'];
  return {
    userId: subject === 0 ? 0 : request.userId,
    subject,
    subjectId: (subject === 2 ? request.apiKeyId : subject === 3 ? request.taskId : 0) ?? 0,
    period: row.refusing_period as LimitUse['period'],
    measure,
    limit: Number(row.refusing_limit),
    used: Number(row.refusing_used),
    // Of `infinity` the driver makes a number.
    resetsAt: row.refusing_resets_at instanceof Date ? row.refusing_resets_at : null,
    refusedAt: row.decided_at,
  };
}
