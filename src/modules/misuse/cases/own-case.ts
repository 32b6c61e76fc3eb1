import type { CaseDetail, MyCase } from './case.js';

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
    evidence: evidence.map(({ request_id, at, category, score }) => ({ request_id, at, category, score })),
  };
}
