import type { Books } from './usage-books.js';

/** A call as it stands in the ledger. */
export interface PastCall {
  userId: number;
  /** ISO time of the admission; milliseconds at most. */
  at: string;
  model?: string;
  apiKeyId?: number | null;
  taskId?: number | null;
  endpoint?: string;
  status?: string;
  prompt?: number;
  completion?: number;
  costNanoUsd?: number;
  intent?: string;
  guardIntent?: string;
}

/** Enters calls of the past, each with a request id of its time; resolves with the ids. Windows know nothing of them. */
export async function enterPastCalls(books: Books, calls: PastCall[]): Promise<string[]> {
  const ids: string[] = [];
  for (const call of calls) {
    const [{ id }] = await books.query<{ id: string }>(
      `INSERT INTO ledger (user_id, request_id, admitted_at, api_key_id, task_id, endpoint, model, provider, upstream_model, status,
         usage_source, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd, window_ids,
         price_version, streamed, http_status, latency_ms)
       SELECT $1, id, gatehouse_request_time(id), $3, $4, $5, $6, 'openai', $6, $7, 'upstream', $8, $9, 0, 0, $10, '{}', 'test',
              false, 200, 5
         FROM (SELECT overlay(gatehouse_first_request_id($2)::text PLACING '7' || right(gen_random_uuid()::text, 21) FROM 15)::uuid AS id) x
       RETURNING request_id AS id`,
      [
        call.userId,
        call.at,
        call.apiKeyId ?? null,
        call.taskId ?? null,
        call.endpoint ?? '/v1/chat/completions',
        call.model ?? 'gpt-4o-mini',
        call.status ?? 'completed',
        call.prompt ?? 10,
        call.completion ?? 5,
        call.costNanoUsd ?? 1_000,
      ],
    );
    if (call.intent !== undefined) {
      await books.query(
        `UPDATE ledger SET intent = $2, guard_intent = $3, confidence = 1, analysed_at = now() WHERE request_id = $1`,
        [id, call.intent, call.guardIntent ?? 'unknown'],
      );
    }
    ids.push(id);
  }
  return ids;
}
