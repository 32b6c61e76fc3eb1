import { v7 as uuidv7 } from 'uuid';
import { CALL_SETTLED } from '../../src/queue/outbox-job.js';
import { queryDatabase } from './databases.js';

export interface SettledCallOptions {
  userId: number;
  prompt: string;
  taskId?: number | null;
  tokens?: number;
  /** When it was admitted; now when left out. */
  at?: Date;
  completion?: string;
}

/** Writes calls as settlement does: ledger row, contents and outbox row. Resolves with their request ids. */
export async function settle(databaseUrl: string, calls: readonly SettledCallOptions[]): Promise<string[]> {
  const ids = calls.map(({ at }) => uuidv7({ msecs: (at ?? new Date()).getTime() }));
  await queryDatabase(databaseUrl, SETTLE, [
    calls.map(({ userId }) => userId),
    ids,
    calls.map(({ taskId }) => taskId ?? null),
    calls.map(({ tokens }) => tokens ?? 10),
    calls.map(({ prompt }) => prompt),
    calls.map(({ completion }) => completion ?? 'done'),
    CALL_SETTLED,
  ]);
  return ids;
}

const SETTLE = `
  WITH call AS (
    SELECT i.*, gatehouse_request_time(i.request_id) AS admitted_at
      FROM unnest($1::int[], $2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[])
        AS i(user_id, request_id, task_id, tokens, prompt, completion)
  ), billed AS (
    INSERT INTO ledger (user_id, request_id, admitted_at, task_id, endpoint, model, provider, upstream_model, status,
      usage_source, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd,
      window_ids, streamed, http_status, latency_ms)
    SELECT user_id, request_id, admitted_at, task_id, '/v1/chat/completions', 'm', 'simulator', 'm', 'completed',
      'upstream', tokens, 0, 0, 0, 0, '{}', false, 200, 1 FROM call
  ), kept AS (
    INSERT INTO request_contents (user_id, request_id, admitted_at, prompt_text, completion_text)
    SELECT user_id, request_id, admitted_at, prompt, completion FROM call
  )
  INSERT INTO outbox (topic, user_id, request_id, admitted_at) SELECT $7, user_id, request_id, admitted_at FROM call`;
