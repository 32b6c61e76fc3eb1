import type { Evidence } from '../evidence.dto.js';
import type { CaseDetail } from './case-detail.dto.js';
import type { CitedEvidence } from './cited-evidence.dto.js';
import type { MyCase } from './my-case.dto.js';

/** A case as the account itself sees it. */
export function asOwnCase({ evidence, ...found }: Omit<CaseDetail, 'events'>): MyCase {
  const { id, state, cause, reason, created_at, closed_at, appeal, appealed_at, upheld_at, answer } = found;
  return {
    id,
    state,
    cause,
    reason,
    created_at,
    closed_at,
    appeal,
    appealed_at,
    upheld_at,
    answer,
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
}: Evidence): CitedEvidence {
  return { request_id, at, category, score, guard_intent, task_id, deviation_delta };
}
