import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { OutboxItem } from '../../queue/outbox-job.js';
import { PROMPT_HEAD_CHARS, PROMPT_TAIL_CHARS } from '../classification/prompt-window.js';
import type { IntentVerdict } from '../classification/intents.js';

/** A call and what its prompt was found to be for. */
export interface AnalysedCall extends OutboxItem, IntentVerdict {}

/** What the analysis reads and writes of settled calls, a batch at a time. */
@Injectable()
export class AnalysisRepository {
  /** Prompt by request id, cut to its head and tail. Calls whose content was not kept are missing. */
  async prompts(manager: EntityManager, calls: readonly OutboxItem[]): Promise<Map<string, string>> {
    const rows = await manager.query<{ requestId: string; prompt: string }[]>(PROMPTS, [
      ...keys(calls),
      PROMPT_HEAD_CHARS,
      PROMPT_TAIL_CHARS,
    ]);
    return new Map(rows.map(({ requestId, prompt }) => [requestId, prompt]));
  }

  /** Writes the verdicts to the ledger. A call that was analysed before keeps its first verdict. */
  async save(manager: EntityManager, calls: readonly AnalysedCall[]): Promise<void> {
    await manager.query(SAVE, [
      ...keys(calls),
      calls.map((call) => call.intent),
      calls.map((call) => call.guardIntent),
      calls.map((call) => call.confidence),
    ]);
  }
}

function keys(calls: readonly OutboxItem[]): unknown[] {
  return [calls.map((call) => call.userId), calls.map((call) => call.requestId), calls.map((call) => call.admittedAt)];
}

const PROMPTS = `
  SELECT content.request_id AS "requestId",
    CASE WHEN length(prompt_text) <= $4::int + $5::int THEN prompt_text
      ELSE left(prompt_text, $4) || E'\\n' || right(prompt_text, $5) END AS prompt
  FROM unnest($1::int[], $2::uuid[], $3::timestamptz[]) AS call (user_id, request_id, admitted_at)
  JOIN request_contents content USING (user_id, request_id, admitted_at)`;

const SAVE = `
  UPDATE ledger
  SET intent = call.intent, guard_intent = call.guard_intent, confidence = call.confidence, analysed_at = now()
  FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::real[])
    AS call (user_id, request_id, admitted_at, intent, guard_intent, confidence)
  WHERE ledger.user_id = call.user_id AND ledger.request_id = call.request_id
    AND ledger.admitted_at = call.admitted_at AND ledger.analysed_at IS NULL`;
