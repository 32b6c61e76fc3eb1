import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { OutboxItem } from '../../../queue/outbox-job.js';
import type { AssessedCall } from '../assessment.js';
import type { PromptEvent } from '../behaviour/behaviour-event.js';
import { OPINION_WANTED } from './opinion.js';
import type { LocalVerdict, Opinion } from './opinion.js';

/** A stored assessment that a second opinion is wanted on. */
export interface AssessedPrompt extends LocalVerdict {
  readonly event: PromptEvent;
}

/** Second opinions that are wanted, and those that were given. */
@Injectable()
export class OpinionsRepository {
  /** In the transaction of the assessments. The same prompt is asked about once a day, as it counts once a day. */
  async want(manager: EntityManager, calls: readonly AssessedCall[]): Promise<void> {
    if (calls.length === 0) return;
    await manager.query(WANT, [
      OPINION_WANTED,
      calls.map(({ userId }) => userId),
      calls.map(({ requestId }) => requestId),
      calls.map(({ admittedAt }) => admittedAt),
      calls.map(({ fingerprint }) => fingerprint),
    ]);
  }

  /** Null when there is nothing to ask about: no assessment, or an opinion already. */
  async find(manager: EntityManager, { userId, requestId, admittedAt }: OutboxItem): Promise<AssessedPrompt | null> {
    const [row] = await manager.query<(Omit<PromptEvent, 'kind' | 'isCleared'> & LocalVerdict)[]>(FIND, [
      userId,
      requestId,
      admittedAt,
    ]);
    if (row === undefined) return null;
    const { harm, attack, category, weight, ...event } = row;
    return { event: { ...event, weight, kind: 'prompt' }, harm, attack, category, weight };
  }

  async save(manager: EntityManager, call: OutboxItem, opinion: Opinion, modelVersion: string): Promise<void> {
    const { moderation, model } = opinion.failure === null ? opinion.examination : NOTHING;
    await manager.query(SAVE, [
      call.userId,
      call.requestId,
      call.admittedAt,
      opinion.outcome,
      opinion.failure,
      moderation?.score ?? null,
      moderation?.category ?? null,
      model?.intent ?? null,
      model?.injection ?? null,
      model?.confidence ?? null,
      opinion.failure === null ? opinion.weight : null,
      modelVersion,
      opinion.costNanoUsd,
    ]);
  }
}

const NOTHING = { moderation: undefined, model: undefined };

const WANT = `
  INSERT INTO outbox (topic, user_id, request_id, admitted_at)
  SELECT $1, call.user_id, call.request_id, call.admitted_at
    FROM unnest($2::int[], $3::uuid[], $4::timestamptz[], $5::text[]) AS call (user_id, request_id, admitted_at, fingerprint)
   WHERE NOT EXISTS (
     SELECT 1 FROM misuse_assessments same
      WHERE same.user_id = call.user_id AND same.fingerprint = call.fingerprint AND same.weight > 0
        AND same.admitted_at >= date_trunc('day', call.admitted_at, 'UTC')
        AND (same.admitted_at, same.request_id) < (call.admitted_at, call.request_id))
  ON CONFLICT DO NOTHING`;

const FIND = `
  SELECT floor(extract(epoch FROM admitted_at) * 1000)::double precision AS at, request_id AS id, fingerprint, shape,
         score, weight, client, excluded_at IS NOT NULL AS excluded, harm, attack, category
    FROM misuse_assessments a
   WHERE user_id = $1 AND request_id = $2 AND admitted_at = $3
     AND NOT EXISTS (SELECT 1 FROM misuse_second_opinions o
                      WHERE o.user_id = a.user_id AND o.request_id = a.request_id AND o.admitted_at = a.admitted_at)`;

const SAVE = `
  INSERT INTO misuse_second_opinions (user_id, request_id, admitted_at, outcome, failure, moderation_score,
    moderation_category, intent, injection, confidence, weight, model_version, cost_nano_usd)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  ON CONFLICT DO NOTHING`;
