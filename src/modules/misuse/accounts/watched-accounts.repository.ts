import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { nextDescent } from '../behaviour/advance.js';
import { compareCursors } from '../behaviour/behaviour-event.js';
import type { BehaviourEvent, Cursor, PromptEvent, ResetEvent } from '../behaviour/behaviour-event.js';
import { INITIAL_STATE } from '../behaviour/behaviour-state.js';
import type { BehaviourState } from '../behaviour/behaviour-state.js';
import { newestSnapshotAt } from '../behaviour/timeline.js';
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

  /** The earlier states of accounts that are locked, newest first. */
  async snapshots(manager: EntityManager, userIds: readonly number[]): Promise<Map<number, readonly BehaviourState[]>> {
    if (userIds.length === 0) return new Map();
    const rows = await manager.query<{ userId: number; snapshots: readonly BehaviourState[] }[]>(
      'SELECT user_id AS "userId", snapshots FROM misuse_states WHERE user_id = ANY ($1::int[])',
      [userIds],
    );
    return new Map(rows.map(({ userId, snapshots }) => [userId, snapshots]));
  }

  /** All events of each account after a cursor (null: from the beginning), in any order. */
  async eventsAfter(
    manager: EntityManager,
    cursors: ReadonlyMap<number, Cursor | null>,
  ): Promise<Map<number, BehaviourEvent[]>> {
    const events = new Map<number, BehaviourEvent[]>([...cursors.keys()].map((userId) => [userId, []]));
    if (cursors.size === 0) return events;
    const accounts = [[...cursors.keys()], [...cursors.values()].map((cursor) => cursor?.at ?? null)];
    const prompts = await manager.query<StoredEvent<PromptEvent>[]>(PROMPTS, [...accounts, REPLAYED_DAYS]);
    const resets = await manager.query<StoredEvent<ResetEvent>[]>(RESETS, accounts);
    for (const { userId, ...event } of [...prompts, ...resets]) {
      const cursor = cursors.get(userId) ?? null;
      if (cursor === null || compareCursors(event, cursor) > 0) events.get(userId)?.push(event);
    }
    return events;
  }

  /** Those without snapshots keep the ones that they have. */
  async saveBehaviours(manager: EntityManager, records: ReadonlyMap<number, NewBehaviour>): Promise<void> {
    if (records.size === 0) return;
    const all = [...records.values()];
    const states = all.map(({ state }) => state);
    await manager.query(SAVE_BEHAVIOURS, [
      [...records.keys()],
      states.map(({ level }) => level),
      states.map(({ suspicion }) => suspicion),
      states.map(({ at }) => at),
      states.map((state) => JSON.stringify(state)),
      all.map(({ snapshots }) => snapshots && JSON.stringify(snapshots)),
      all.map(({ snapshots }) => snapshots && newestSnapshotAt(snapshots)),
      states.map(nextDescent),
    ]);
  }

  async saveDeviations(manager: EntityManager, scores: ReadonlyMap<number, DeviationScore>): Promise<void> {
    if (scores.size === 0) return;
    const all = [...scores.values()];
    await manager.query(SAVE_DEVIATIONS, [[...scores.keys()], all.map(({ score }) => score), all.map(({ at }) => at)]);
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

/** Where an account stands after something happened. Snapshots are null when they stay as they are. */
export interface NewBehaviour {
  readonly state: BehaviourState;
  readonly snapshots: readonly BehaviourState[] | null;
}

type StoredEvent<Event> = Event & { readonly userId: number };

interface StateRow {
  readonly userId: number;
  readonly state: BehaviourState | null;
  readonly snapshotAt: number | null;
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
    behaviour: { state: row.state ?? INITIAL_STATE, snapshotAt: row.snapshotAt },
    deviation: { score: row.deviationScore, at: row.deviationAt },
  };
}

const READ = `
  SELECT s.user_id AS "userId", s.state, s.snapshot_at AS "snapshotAt", s.deviation_score AS "deviationScore",
         (extract(epoch FROM s.deviation_at) * 1000)::double precision AS "deviationAt", s.is_exempt AS "isExempt",
         u.role, u.is_blocked AS "isBlocked", u.case_id AS "caseId", q.throttled_per_minute AS "throttledPerMinute"
    FROM misuse_states s
    LEFT JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
    LEFT JOIN quota_accounts q ON q.user_id = s.user_id
   WHERE s.user_id = ANY($1::int[])
   ORDER BY s.user_id`;

/* The time is looked at to the millisecond, and from the millisecond before, so that rounding loses nothing. */
const PROMPTS = `
  SELECT a.user_id AS "userId", 'prompt' AS kind,
         floor(extract(epoch FROM a.admitted_at) * 1000)::double precision AS at, a.request_id AS id, a.fingerprint, a.shape,
         a.score, coalesce(opinion.weight, a.weight) AS weight, a.client, a.excluded_at IS NOT NULL AS excluded,
         coalesce(opinion.outcome = 'clears', false) AS "isCleared"
    FROM unnest($1::int[], $2::double precision[]) AS account (id, since)
   CROSS JOIN LATERAL (
     SELECT * FROM misuse_assessments
      WHERE user_id = account.id AND admitted_at > coalesce(
              to_timestamp((account.since - 1) / 1000), now() - make_interval(days => $3::int))
     OFFSET 0
   ) a
    LEFT JOIN misuse_second_opinions opinion USING (user_id, request_id, admitted_at)`;

const RESETS = `
  SELECT user_id AS "userId", 'reset' AS kind,
         floor(extract(epoch FROM happened_at) * 1000)::double precision AS at, 'reset-' || id AS id
    FROM unnest($1::int[], $2::double precision[]) AS account (user_id, since)
    JOIN misuse_events USING (user_id)
   WHERE kind = 'reset' AND (account.since IS NULL OR happened_at > to_timestamp((account.since - 1) / 1000))`;

const SAVE_BEHAVIOURS = `
  UPDATE misuse_states s
     SET level = n.level, score = n.score, scored_at = to_timestamp(n.at / 1000), state = n.state,
         snapshots = coalesce(n.snapshots, s.snapshots),
         snapshot_at = CASE WHEN n.snapshots IS NULL THEN s.snapshot_at ELSE n.snapshot_at END,
         next_change_at = to_timestamp(n.due / 1000), updated_at = now()
    FROM unnest($1::int[], $2::text[], $3::double precision[], $4::double precision[], $5::jsonb[], $6::jsonb[],
           $7::double precision[], $8::double precision[])
      AS n(user_id, level, score, at, state, snapshots, snapshot_at, due)
   WHERE s.user_id = n.user_id AND s.user_id = ANY ($1::int[])`;

const SAVE_DEVIATIONS = `
  UPDATE misuse_states s
     SET deviation_score = n.score, deviation_at = to_timestamp(n.at / 1000), updated_at = now()
    FROM unnest($1::int[], $2::double precision[], $3::double precision[]) AS n(user_id, score, at)
   WHERE s.user_id = n.user_id AND s.user_id = ANY ($1::int[])`;
