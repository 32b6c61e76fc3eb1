import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { OutboxItem } from './outbox-job.js';

/** A row that fails this often is parked: it stays, with its error, and is not claimed again. */
export const MAX_ATTEMPTS = 10;
const MAX_BACKOFF_SECONDS = 300;
const MAX_ERROR_LENGTH = 300;

export interface ClaimedItem extends OutboxItem {
  readonly topic: string;
  /** Failed attempts so far. */
  readonly attempts: number;
  /** An earlier claim of this row ran out before the row was handled. */
  readonly lapsed: boolean;
}

/** The outbox: what has still to be done after a transaction, written in that transaction. A row that is done is deleted. */
@Injectable()
export class OutboxRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Takes up to `limit` due rows for `leaseMs`, oldest first. Rows that somebody else holds are skipped, not waited for. */
  async claim(topics: readonly string[], limit: number, leaseMs: number): Promise<ClaimedItem[]> {
    return this.dataSource.query<ClaimedItem[]>(CLAIM, [topics, limit, leaseMs / 1000, MAX_ATTEMPTS]);
  }

  /** Ends the claims on these topics, so that their rows are due at once, except those that are being handled now. */
  async expireClaims(topics: readonly string[]): Promise<void> {
    await this.dataSource.query(EXPIRE_CLAIMS, [topics]);
  }

  /**
   * Locks those of the rows that are still to be done, until the manager's transaction ends, and answers them. It waits
   * for another delivery of the same rows: a lock may also be a claim's that looked at the row and left it.
   */
  async lock(manager: EntityManager, topic: string, items: readonly OutboxItem[]): Promise<OutboxItem[]> {
    return manager.query<OutboxItem[]>(LOCK, [
      topic,
      items.map((item) => item.outboxId),
      items.map((item) => item.requestId),
    ]);
  }

  /** Deletes rows that are done, in the transaction of their result. */
  async complete(manager: EntityManager, items: readonly OutboxItem[]): Promise<void> {
    await manager.query(`DELETE FROM outbox WHERE id = ANY($1::bigint[])`, [items.map((item) => item.outboxId)]);
  }

  /** Counts a failed attempt, sets the next one further off each time, and returns how many rows are now parked. */
  async fail(items: readonly OutboxItem[], reason: string): Promise<number> {
    const rows = await this.dataSource.query<{ parked: number }[]>(FAIL, [
      items.map((item) => item.outboxId),
      items.map((item) => item.requestId),
      MAX_BACKOFF_SECONDS,
      reason.replaceAll('\0', '').slice(0, MAX_ERROR_LENGTH),
      MAX_ATTEMPTS,
    ]);
    return rows[0].parked;
  }
}

/*
 * Whoever waits for rows takes them in the order of their ids, so that two deliveries cannot deadlock. Rows are named by
 * their ids alone wherever that will do: however much waits, the index finds them.
 */

const ITEM = `
  id AS "outboxId", user_id AS "userId", request_id AS "requestId",
  to_char(admitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "admittedAt"`;

const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT id, claimed_until IS NOT NULL AS lapsed
    FROM outbox
    WHERE topic = ANY($1) AND attempts < $4 AND available_at <= now()
      AND (claimed_until IS NULL OR claimed_until <= now())
    ORDER BY id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE outbox SET claimed_until = now() + make_interval(secs => $3)
    WHERE id = ANY (ARRAY(SELECT id FROM due))
    RETURNING *
  )
  SELECT ${ITEM}, topic, attempts, lapsed FROM claimed JOIN due USING (id) ORDER BY id`;

const LOCK = `
  SELECT ${ITEM}
  FROM outbox
  WHERE id = ANY ($2::bigint[]) AND topic = $1 AND (id, request_id) IN (SELECT * FROM unnest($2::bigint[], $3::uuid[]))
  ORDER BY id
  FOR UPDATE`;

const EXPIRE_CLAIMS = `
  WITH claimed AS MATERIALIZED (
    SELECT id FROM outbox WHERE topic = ANY($1) AND claimed_until > now() FOR UPDATE SKIP LOCKED
  )
  UPDATE outbox SET claimed_until = now() FROM claimed WHERE outbox.id = claimed.id`;

const FAIL = `
  WITH undone AS MATERIALIZED (
    SELECT id FROM outbox
    WHERE id = ANY ($1::bigint[]) AND (id, request_id) IN (SELECT * FROM unnest($1::bigint[], $2::uuid[]))
    ORDER BY id
    FOR UPDATE
  ), failed AS (
    UPDATE outbox SET attempts = attempts + 1, claimed_until = NULL, last_error = $4,
      available_at = now() + make_interval(secs => least(power(2, attempts), $3))
    FROM undone WHERE outbox.id = undone.id
    RETURNING attempts
  )
  SELECT count(*)::int AS parked FROM failed WHERE attempts >= $5`;
