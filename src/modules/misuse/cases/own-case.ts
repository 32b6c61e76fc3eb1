import type { Evidence } from '../assessment.js';
import type { CaseDetail, MyCase, OwnEvidence } from './case.js';

/** A case as the account itself sees it. */
export function asOwnCase({ evidence, ...found }: Omit<CaseDetail, 'events'>): MyCase {
  const { id, state, cause, reason, created_at, closed_at, appeal, appealed_at } = found;
  return {
    id,
    state,
    cause,
    reason,
    created_at,
    closed_at,
    appeal,
    appealed_at,
    evidence: evidence.map(asOwnEvidence),
  };
}

function asOwnEvidence({
  request_id,
  at,
  category,
  score,
  guard_intent,
  task_id,
  deviation_delta,
}: Evidence): OwnEvidence {
  return { request_id, at, category, score, guard_intent, task_id, deviation_delta };
}
