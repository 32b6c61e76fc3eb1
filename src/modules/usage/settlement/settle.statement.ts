import { plainArray, textArray } from '../../../database/postgres-array.js';
import type { PreparedStatement } from '../../../database/hot-database.js';
import { costNanoUsd } from '../pricing/cost.js';
import type { Hold, Settlement } from '../admission/admission.types.js';

/** An ended call and the hold that it was admitted with. */
export interface EndedCall {
  readonly hold: Hold;
  readonly settlement: Settlement;
}

export const SETTLE: PreparedStatement = {
  name: 'gatehouse_settle',
  text: `SELECT gatehouse_settle($1::int[], $2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[],
           $8::text[], $9::text[], $10::text[], $11::int[], $12::int[], $13::int[], $14::int[], $15::bigint[], $16::text[],
           $17::text[], $18::boolean[], $19::int[], $20::text[], $21::int[], $22::int[], $23::boolean[], $24::int[], $25::int[])`,
};

/** How many parameters that statement has. */
export const SETTLE_PARAMETERS = 25;

export function settleParameters(calls: readonly EndedCall[]): unknown[] {
  const requests = calls.map((call) => call.hold.request);
  const settlements = calls.map((call) => call.settlement);
  const usages = settlements.map((settlement) => settlement.usage);
  return [
    plainArray(requests.map((request) => request.userId)),
    plainArray(requests.map((request) => request.requestId)),
    plainArray(requests.map((request) => request.apiKeyId ?? 0)),
    plainArray(requests.map((request) => request.taskId ?? 0)),
    textArray(requests.map((request) => request.endpoint)),
    textArray(requests.map((request) => request.model)),
    textArray(settlements.map((settlement) => settlement.provider)),
    textArray(settlements.map((settlement) => settlement.upstreamModel)),
    plainArray(settlements.map((settlement) => settlement.status)),
    plainArray(settlements.map((settlement) => settlement.usageSource)),
    plainArray(usages.map((usage) => usage.promptTokens)),
    plainArray(usages.map((usage) => usage.completionTokens)),
    plainArray(usages.map((usage) => usage.cachedPromptTokens)),
    plainArray(usages.map((usage) => usage.reasoningTokens)),
    plainArray(settlements.map((settlement) => costNanoUsd(settlement.usage, settlement.price))),
    textArray(settlements.map((settlement) => settlement.price?.version ?? null)),
    textArray(calls.map((call) => plainArray(call.hold.windowIds))),
    plainArray(settlements.map((settlement) => settlement.streamed)),
    plainArray(settlements.map((settlement) => settlement.httpStatus)),
    textArray(settlements.map((settlement) => settlement.errorCode)),
    plainArray(settlements.map((settlement) => Math.round(settlement.latencyMs))),
    plainArray(settlements.map((settlement) => roundedOrNull(settlement.timeToFirstTokenMs))),
    plainArray(settlements.map((settlement) => settlement.fromCache ?? false)),
    plainArray(usages.map((usage) => usage.cacheWrite5mTokens ?? 0)),
    plainArray(usages.map((usage) => usage.cacheWrite1hTokens ?? 0)),
  ];
}

function roundedOrNull(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
