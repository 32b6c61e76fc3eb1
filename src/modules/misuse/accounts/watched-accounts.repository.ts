import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { nextDescent } from '../behaviour/advance.js';
import type { BehaviourEvent, Cursor, PromptEvent } from '../behaviour/behaviour-event.js';
import type { BehaviourState } from '../behaviour/behaviour-state.js';
import { NEW_ACCOUNT } from '../behaviour/timeline.js';
import type { AccountRecord } from '../behaviour/timeline.js';
import type { DeviationScore } from '../deviation/deviation-score.js';
import type { WatchedAccount } from './watched-account.js';

/** Older events have decayed to nothing. */
const REPLAYED_DAYS = 120;

/** Where accounts stand, and the events that say why. Whoever changes an account takes its row's lock first. */
@Injectable()
export class WatchedAccountsRepository {
  /** Locks the accounts until the transaction ends, in ascending order, so that nobody waits in a circle. */
  async lock(manager: EntityManager, userIds: readonly number[]): Promise<Map<number, WatchedAccount>> {
    const sorted = [...new Set(userIds)].sort((a, b) => a - b);
    await manager.query(
      `INSERT INTO misuse_states (user_id) SELECT id FROM unnest($1::int[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
      [sorted],
    );
    await manager.query(
      `SELECT 1 FROM misuse_states WHERE user_id = ANY($1::int[]) ORDER BY user_id FOR NO KEY UPDATE`,
      [sorted],
    );
    const rows = await manager.query<StateRow[]>(READ, [sorted]);
    return new Map(rows.map((row) => [row.userId, watchedAccount(row)]));
  }

  /** All events of an account after a cursor, in order. */
  async eventsAfter(manager: EntityManager, userId: number, cursor: Cursor | null): Promise<BehaviourEvent[]> {
    const prompts = await manager.query<PromptEvent[]>(PROMPTS, [userId, cursor?.at ?? null, REPLAYED_DAYS]);
    const resets = await manager.query<Cursor[]>(RESETS, [userId, cursor?.at ?? null]);
    const events: BehaviourEvent[] = [...prompts, ...resets.map((reset) => ({ ...reset, kind: 'reset' as const }))];
    return events.filter(({ at, id }) => cursor === null || at > cursor.at || (at === cursor.at && id > cursor.id));
  }

  async saveBehaviours(manager: EntityManager, records: ReadonlyMap<number, AccountRecord>): Promise<void> {
    const states = [...records.values()].map(({ state }) => state);
    await manager.query(SAVE_BEHAVIOURS, [
      [...records.keys()],
      states.map(({ level }) => level),
      states.map(({ suspicion }) => suspicion),
      states.map(({ at }) => at),
      states.map((state) => JSON.stringify(state)),
      [...records.values()].map(({ snapshots }) => JSON.stringify(snapshots)),
      states.map(nextDescent),
    ]);
  }

  async saveDeviation(manager: EntityManager, userId: number, { score, at }: DeviationScore): Promise<void> {
    await manager.query(
      `UPDATE misuse_states
          SET deviation_score = $2, deviation_at = to_timestamp($3::double precision / 1000), updated_at = now()
        WHERE user_id = $1`,
      [userId, score, at],
    );
  }

  /** Accounts that time alone should have taken down a level by now (milliseconds since 1970). */
  async due(manager: EntityManager, now: number, limit: number): Promise<number[]> {
    const rows = await manager.query<{ userId: number }[]>(
      `SELECT user_id AS "userId" FROM misuse_states WHERE next_change_at <= to_timestamp($1::double precision / 1000)
        ORDER BY next_change_at LIMIT $2`,
      [now, limit],
    );
    return rows.map(({ userId }) => userId);
  }
}

interface StateRow {
  readonly userId: number;
  readonly state: BehaviourState | null;
  readonly snapshots: readonly BehaviourState[];
  readonly deviationScore: number;
  readonly deviationAt: number | null;
  readonly isExempt: boolean;
  readonly role: string | null;
  readonly isBlocked: boolean | null;
  readonly throttledPerMinute: number | null;
  readonly caseId: string | null;
}

function watchedAccount(row: StateRow): WatchedAccount {
  return {
    userId: row.userId,
    exists: row.role !== null,
    isActedUpon: row.role === 'user' && !row.isExempt,
    isBlocked: row.isBlocked ?? false,
    throttledPerMinute: row.throttledPerMinute,
    caseId: row.caseId,
    behaviour: row.state === null ? NEW_ACCOUNT : { state: row.state, snapshots: row.snapshots },
    deviation: { score: row.deviationScore, at: row.deviationAt },
  };
}

const READ = `
  SELECT s.user_id AS "userId", s.state, s.snapshots, s.deviation_score AS "deviationScore",
         (extract(epoch FROM s.deviation_at) * 1000)::double precision AS "deviationAt", s.is_exempt AS "isExempt",
         u.role, u.is_blocked AS "isBlocked", u.case_id AS "caseId", q.throttled_per_minute AS "throttledPerMinute"
    FROM misuse_states s
    LEFT JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
    LEFT JOIN quota_accounts q ON q.user_id = s.user_id
   WHERE s.user_id = ANY($1::int[])
   ORDER BY s.user_id`;

/* The time is looked at to the millisecond, and from the millisecond before, so that rounding loses nothing. */
const PROMPTS = `
  SELECT 'prompt' AS kind, floor(extract(epoch FROM admitted_at) * 1000)::double precision AS at, request_id AS id,
         fingerprint, shape, score, coalesce(opinion.weight, a.weight) AS weight, client,
         excluded_at IS NOT NULL AS excluded, coalesce(opinion.outcome = 'clears', false) AS "isCleared"
    FROM misuse_assessments a
    LEFT JOIN misuse_second_opinions opinion USING (user_id, request_id, admitted_at)
   WHERE user_id = $1 AND admitted_at > coalesce(
           to_timestamp(($2::double precision - 1) / 1000), now() - make_interval(days => $3::int))
   ORDER BY admitted_at, request_id`;

const RESETS = `
  SELECT floor(extract(epoch FROM happened_at) * 1000)::double precision AS at, 'reset-' || id AS id
    FROM misuse_events
   WHERE user_id = $1 AND kind = 'reset'
     AND ($2::double precision IS NULL OR happened_at > to_timestamp(($2::double precision - 1) / 1000))`;

const SAVE_BEHAVIOURS = `
  UPDATE misuse_states s
     SET level = n.level, score = n.score, scored_at = to_timestamp(n.at / 1000), state = n.state,
         snapshots = n.snapshots, next_change_at = to_timestamp(n.due / 1000), updated_at = now()
    FROM unnest($1::int[], $2::text[], $3::double precision[], $4::double precision[], $5::jsonb[], $6::jsonb[],
           $7::double precision[]) AS n(user_id, level, score, at, state, snapshots, due)
   WHERE s.user_id = n.user_id`;
