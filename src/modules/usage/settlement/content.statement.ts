import { plainArray, textArray } from '../../../database/postgres-array.js';
import type { PreparedStatement } from '../../../database/hot-database.js';
import type { EndedCall } from './settle.statement.js';

/** Prompt, answer and client for the analysis, apart from the ledger and by a statement of their own. */
export const KEEP_CONTENT: PreparedStatement = {
  name: 'gatehouse_keep_content',
  text: `INSERT INTO request_contents (user_id, request_id, admitted_at, prompt_text, completion_text, client)
         SELECT i.user_id, i.request_id, gatehouse_request_time(i.request_id), i.prompt, i.completion, i.client
           FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::text[])
             AS i(user_id, request_id, prompt, completion, client)
         ON CONFLICT DO NOTHING`,
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
