import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { DeliveryState } from './delivery-state.js';
import type { DeliveryView } from './delivery-view.dto.js';
import { retryDelaySeconds } from './retry-delay.js';
import type { WebhookOutcome } from './webhook-outcome.js';

/** A delivery that this process tries now. */
export interface ClaimedDelivery {
  readonly id: number;
  readonly eventId: string;
  /** The bytes that are sent, the same at every attempt. */
  readonly body: string;
  /** Failed attempts before this one. */
  readonly attempts: number;
}

const CLAIM_SECONDS = 60;
const KEPT_DAYS = 30;

const VIEW = `id, event_id, event, state, attempts, CASE state WHEN 'pending' THEN next_attempt_at END AS next_attempt_at,
  last_status, last_error, created_at, delivered_at`;

/* A claim is an attempt in the near future: a process that dies in between loses nothing. */
const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT id FROM webhook_deliveries WHERE state = 'pending' AND next_attempt_at <= clock_timestamp()
     ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  UPDATE webhook_deliveries d SET next_attempt_at = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS})
    FROM due WHERE d.id = due.id
  RETURNING d.id, d.event_id AS "eventId", d.body, d.attempts`;

const REDRIVE = `
  UPDATE webhook_deliveries
     SET state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), delivered_at = NULL
   WHERE id = $1 AND state = 'dead'`;

/** Events for the webhook: written in the transaction of what they tell of, deleted a month after they arrived. */
@Injectable()
export class WebhookDeliveriesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Part of the caller's transaction. */
  async add(manager: EntityManager, event: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    const id = randomUUID();
    const body = JSON.stringify({ id, event, created_at: new Date().toISOString(), ...data });
    await manager.query('INSERT INTO webhook_deliveries (event_id, event, body) VALUES ($1, $2, $3)', [
      id,
      event,
      body,
    ]);
  }

  /** Takes due deliveries for a minute; those that another process tries are passed over. */
  async claim(limit: number): Promise<ClaimedDelivery[]> {
    const [rows] = await this.dataSource.query<[ClaimedDelivery[], number]>(CLAIM, [limit]);
    return rows;
  }

  /** Writes down how an attempt ended, and when the next one is; without one the delivery is dead. */
  async finish(delivery: ClaimedDelivery, outcome: WebhookOutcome): Promise<DeliveryState> {
    const { status, error } = outcome;
    const attempts = delivery.attempts + 1;
    if (error === null) {
      await this.dataSource.query(
        `UPDATE webhook_deliveries
            SET state = 'delivered', attempts = $2, last_status = $3, last_error = NULL, delivered_at = clock_timestamp()
          WHERE id = $1 AND state <> 'delivered'`,
        [delivery.id, attempts, status],
      );
      return 'delivered';
    }
    const delaySeconds = retryDelaySeconds(attempts);
    const state = delaySeconds === null ? 'dead' : 'pending';
    await this.dataSource.query(
      `UPDATE webhook_deliveries
          SET state = $2, attempts = $3, last_status = $4, last_error = $5,
              next_attempt_at = clock_timestamp() + make_interval(secs => $6)
        WHERE id = $1 AND state = 'pending'`,
      [delivery.id, state, attempts, status, error, delaySeconds ?? 0],
    );
    return state;
  }

  /** Newest first, and only those with a smaller id than `before`. */
  async list(search: { state?: DeliveryState; before?: number; limit: number }): Promise<DeliveryView[]> {
    return this.dataSource.query<DeliveryView[]>(
      `SELECT ${VIEW} FROM webhook_deliveries
        WHERE ($1::text IS NULL OR state = $1) AND ($2::int IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [search.state ?? null, search.before ?? null, search.limit],
    );
  }

  /** Undefined when there is none of this id. */
  async find(manager: EntityManager, id: number): Promise<DeliveryView | undefined> {
    const [row] = await manager.query<DeliveryView[]>(`SELECT ${VIEW} FROM webhook_deliveries WHERE id = $1`, [id]);
    return row;
  }

  /** Lets a dead delivery begin anew. False when it is not dead. */
  async redrive(manager: EntityManager, id: number): Promise<boolean> {
    const [, count] = await manager.query<[unknown, number]>(REDRIVE, [id]);
    return count === 1;
  }

  /** Forgets what arrived a month ago. */
  async forgetOld(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM webhook_deliveries WHERE state = 'delivered' AND delivered_at < now() - make_interval(days => $1)`,
      [KEPT_DAYS],
    );
  }
}
