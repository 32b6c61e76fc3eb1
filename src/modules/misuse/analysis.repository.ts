import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { OutboxItem } from '../../queue/outbox-job.js';
import { PROMPT_HEAD_CHARS, PROMPT_TAIL_CHARS } from '../classification/prompt-window.js';
import type { AssessedCall, DeviationEntry, SettledCall } from './assessment.js';
import { FLAGGED_FROM } from './behaviour/calibration.js';

const EXCERPT_CHARS = 500;

/** What the analysis reads and writes of settled calls, a batch at a time. */
@Injectable()
export class AnalysisRepository {
  /** The calls with what the ledger and the kept contents say of them, except those that were assessed before. */
  async unassessed(manager: EntityManager, calls: readonly OutboxItem[]): Promise<SettledCall[]> {
    const rows = await manager.query<CallFacts[]>(UNASSESSED, [...keys(calls), PROMPT_HEAD_CHARS, PROMPT_TAIL_CHARS]);
    const byRequest = new Map(rows.map((row) => [row.requestId, row]));
    return calls.flatMap((call) => {
      const facts = byRequest.get(call.requestId);
      return facts === undefined ? [] : [{ ...facts, ...call }];
    });
  }

  /** What is new in the prompt of one call, as the analysis saw it; empty when it is not kept. */
  async promptOf(manager: EntityManager, call: OutboxItem): Promise<string> {
    const [row] = await manager.query<CallFacts[]>(FACTS, [...keys([call]), PROMPT_HEAD_CHARS, PROMPT_TAIL_CHARS]);
    return row?.prompt ?? '';
  }

  /** Writes the intents to the ledger. A call that was analysed before keeps its first verdict. */
  async saveIntents(manager: EntityManager, calls: readonly AssessedCall[]): Promise<void> {
    await manager.query(SAVE_INTENTS, [
      ...keys(calls),
      calls.map(({ verdict }) => verdict.intent),
      calls.map(({ verdict }) => verdict.guardIntent),
      calls.map(({ verdict }) => verdict.confidence),
    ]);
  }

  async saveAssessments(manager: EntityManager, calls: readonly AssessedCall[], modelVersion: string): Promise<void> {
    await manager.query(SAVE_ASSESSMENTS, [
      ...keys(calls),
      calls.map((call) => call.apiKeyId),
      calls.map((call) => call.taskId),
      calls.map((call) => call.totalTokens),
      calls.map(({ verdict }) => verdict.guardIntent),
      calls.map(({ verdict }) => verdict.confidence),
      calls.map((call) => call.fingerprint),
      calls.map((call) => call.shape),
      calls.map(({ verdict }) => verdict.misuse.score),
      calls.map(({ verdict }) => verdict.misuse.heads.harm),
      calls.map(({ verdict }) => verdict.misuse.heads.attack),
      calls.map(({ verdict }) => verdict.misuse.category),
      calls.map((call) => call.weight),
      calls.map(({ verdict, prompt }) =>
        verdict.misuse.score < FLAGGED_FROM || prompt === '' ? null : prompt.slice(0, EXCERPT_CHARS).toWellFormed(),
      ),
      modelVersion,
      calls.map((call) => call.client),
    ]);
  }

  async saveDeviations(
    manager: EntityManager,
    entries: readonly (DeviationEntry & { readonly userId: number })[],
  ): Promise<void> {
    await manager.query(SAVE_DEVIATIONS, [
      entries.map(({ userId }) => userId),
      entries.map(({ requestId }) => requestId),
      entries.map(({ delta }) => delta),
      entries.map(({ before }) => before),
      entries.map(({ after }) => after),
    ]);
  }
}

/** What is read of a call beside what the outbox says. */
type CallFacts = Pick<SettledCall, 'requestId' | 'apiKeyId' | 'taskId' | 'totalTokens' | 'prompt' | 'client'>;

function keys(calls: readonly OutboxItem[]): unknown[] {
  return [calls.map((call) => call.userId), calls.map((call) => call.requestId), calls.map((call) => call.admittedAt)];
}

/*
 * A chat sends its whole history with every turn. What an earlier call of the account sent, and what it was answered, is
 * taken off, so that one bad turn is judged once and not with every turn that follows.
 */
const FACTS = `
  SELECT call.request_id AS "requestId", content.client, ledger.api_key_id AS "apiKeyId", ledger.task_id AS "taskId",
         ledger.total_tokens AS "totalTokens",
         CASE WHEN octet_length(turn.text) <= $4::int + $5::int OR length(turn.text) <= $4 + $5 THEN turn.text
              ELSE left(turn.text, $4) || E'\\n' || right(turn.text, $5) END AS prompt
    FROM (
      SELECT *, admitted_at - interval '6 hours' AS since
        FROM unnest($1::int[], $2::uuid[], $3::timestamptz[]) AS call (user_id, request_id, admitted_at)
      OFFSET 0
    ) call
    JOIN ledger USING (user_id, request_id, admitted_at)
    -- Unpacked once, however often it is looked at below.
    LEFT JOIN LATERAL (
      SELECT client, prompt_text || '' AS prompt_text FROM request_contents
       WHERE user_id = call.user_id AND request_id = call.request_id AND admitted_at = call.admitted_at
      OFFSET 0
    ) content ON true
    LEFT JOIN LATERAL (
      SELECT earlier.prompt_text, earlier.completion_text FROM (
        SELECT prompt_text, completion_text FROM request_contents
         WHERE user_id = call.user_id AND request_id < call.request_id AND admitted_at < call.admitted_at
           AND admitted_at > call.since
         ORDER BY request_id DESC LIMIT 20
      ) earlier
      -- Bytes are known without unpacking a text, and its beginning is soon unpacked: most earlier prompts are out by them.
      WHERE octet_length(earlier.prompt_text) BETWEEN 1 AND octet_length(content.prompt_text) - 1
        AND starts_with(content.prompt_text, left(earlier.prompt_text, 100))
        AND starts_with(content.prompt_text, earlier.prompt_text || E'\\n')
      ORDER BY octet_length(earlier.prompt_text) DESC LIMIT 1
    ) said ON true
    CROSS JOIN LATERAL (
      SELECT ltrim(substr(content.prompt_text, length(said.prompt_text) + 1), E'\\n ') AS text OFFSET 0
    ) later
    CROSS JOIN LATERAL (
      SELECT coalesce(
        nullif(CASE WHEN starts_with(later.text, said.completion_text)
                    THEN ltrim(substr(later.text, length(said.completion_text) + 1), E'\\n ') ELSE later.text END, ''),
        content.prompt_text, '') AS text
      OFFSET 0
    ) turn`;

const UNASSESSED = `${FACTS}
   WHERE NOT EXISTS (
     SELECT 1 FROM misuse_assessments done
      WHERE done.user_id = call.user_id AND done.request_id = call.request_id AND done.admitted_at = call.admitted_at)`;

const SAVE_INTENTS = `
  UPDATE ledger
  SET intent = call.intent, guard_intent = call.guard_intent, confidence = call.confidence, analysed_at = now()
  FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::real[])
    AS call (user_id, request_id, admitted_at, intent, guard_intent, confidence)
  WHERE ledger.user_id = call.user_id AND ledger.request_id = call.request_id
    AND ledger.admitted_at = call.admitted_at AND ledger.analysed_at IS NULL`;

const SAVE_ASSESSMENTS = `
  INSERT INTO misuse_assessments (user_id, request_id, admitted_at, api_key_id, task_id, total_tokens, guard_intent,
    confidence, fingerprint, shape, score, harm, attack, category, weight, excerpt, client, model_version)
  SELECT call.*, $17
    FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::int[], $5::int[], $6::int[], $7::text[], $8::real[],
      $9::text[], $10::text[], $11::double precision[], $12::double precision[], $13::double precision[], $14::text[], $15::double precision[], $16::text[], $18::text[])
      AS call
  ON CONFLICT DO NOTHING`;

const SAVE_DEVIATIONS = `
  UPDATE misuse_assessments a
     SET deviation_delta = entry.delta, score_before = entry.before, score_after = entry.after
    FROM unnest($1::int[], $2::uuid[], $3::double precision[], $4::double precision[], $5::double precision[])
      AS entry (user_id, request_id, delta, before, after)
   WHERE a.user_id = entry.user_id AND a.request_id = entry.request_id`;
