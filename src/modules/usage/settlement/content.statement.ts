import { plainArray, textArray } from '../../../database/postgres-array.js';
import type { PreparedStatement } from '../../../database/hot-database.js';
import { SETTLE, SETTLE_PARAMETERS } from './settle.statement.js';
import type { EndedCall } from './settle.statement.js';

const [u, r, p, c, k] = [1, 2, 3, 4, 5].map((place) => `$${SETTLE_PARAMETERS + place}`);

/** The settlement with the prompts, answers and clients for the analysis, in one round trip: they are there when it looks. */
export const SETTLE_WITH_CONTENT: PreparedStatement = {
  name: 'gatehouse_settle_with_content',
  text: `WITH kept AS (
           INSERT INTO request_contents (user_id, request_id, admitted_at, prompt_text, completion_text, client)
           SELECT i.user_id, i.request_id, gatehouse_request_time(i.request_id), i.prompt, i.completion, i.client
             FROM unnest(${u}::int[], ${r}::uuid[], ${p}::text[], ${c}::text[], ${k}::text[])
               AS i(user_id, request_id, prompt, completion, client)
           ON CONFLICT DO NOTHING)
         ${SETTLE.text}`,
};

export function contentParameters(calls: readonly EndedCall[]): unknown[] {
  return [
    plainArray(calls.map((call) => call.hold.request.userId)),
    plainArray(calls.map((call) => call.hold.request.requestId)),
    textArray(calls.map((call) => call.settlement.promptText)),
    textArray(calls.map((call) => call.settlement.completionText)),
    textArray(calls.map((call) => call.hold.request.client ?? null)),
  ];
}
