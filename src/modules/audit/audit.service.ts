import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { AuditAction, AuditEntry, AuditRecord } from './audit-entry.js';

export interface AuditSearch {
  /** Who did it: integer id of an account. */
  readonly actorUserId?: number;
  /** Whom it concerned: integer id of an account. */
  readonly targetUserId?: number;
  /** What it was done to: the id as the entry tells it. */
  readonly targetId?: string;
  readonly action?: AuditAction;
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
  /** Only entries older than the one with this id. */
  readonly before?: number;
  readonly limit: number;
}

/** Details in which somebody may have written about the person, or told where that person is. */
const PERSONAL_DETAILS = ['reason', 'ipAllowList'];

type AuditRow = Omit<AuditRecord, 'id'> & { readonly id: string };

/** Who did what to whom, when and from where. Entries are added and read, never changed. */
@Injectable()
export class AuditService {
  constructor(private readonly dataSource: DataSource) {}

  /** Writes an entry in the transaction of the change that it tells of: both are there, or neither. */
  async record(manager: EntityManager, entry: AuditEntry): Promise<void> {
    const { actor, action, target, details = {} } = entry;
    await manager.query(
      `INSERT INTO audit_log (actor_kind, actor_user_id, action, target_kind, target_id, target_user_id, address,
         request_id, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        actor.kind,
        actor.userId,
        action,
        target.kind,
        target.id,
        target.userId,
        actor.address,
        actor.requestId,
        JSON.stringify(details),
      ],
    );
  }

  /** Entries that match all of what is given, newest first. */
  async search(search: AuditSearch): Promise<AuditRecord[]> {
    const conditions: [sql: string, value: unknown][] = [
      ['actor_user_id =', search.actorUserId],
      ['target_user_id =', search.targetUserId],
      ['target_id =', search.targetId],
      ['action =', search.action],
      ['at >=', search.from],
      ['at <', search.to],
      ['id <', search.before],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    const where = given.map(([sql], index) => `${sql} $${index + 2}`).join(' AND ');
    const rows = await this.dataSource.query<AuditRow[]>(
      `SELECT id, at, actor_kind AS "actorKind", actor_user_id AS "actorUserId", action, target_kind AS "targetKind",
              target_id AS "targetId", target_user_id AS "targetUserId", address, request_id AS "requestId", details
         FROM audit_log ${where === '' ? '' : `WHERE ${where}`}
        ORDER BY id DESC LIMIT $1`,
      [search.limit, ...given.map(([, value]) => value)],
    );
    return rows.map((row) => ({ ...row, id: Number(row.id) }));
  }

  /** Takes what is personal out of the entries of an erased account. That something was done stays. */
  async depersonalise(manager: EntityManager, userId: number): Promise<void> {
    await manager.query(
      `UPDATE audit_log SET address = NULL
        WHERE actor_user_id = $1 OR (target_user_id = $1 AND actor_kind = 'anonymous')`,
      [userId],
    );
    await manager.query(
      'UPDATE audit_log SET details = details - $2::text[] WHERE target_user_id = $1 AND details ?| $2::text[]',
      [userId, PERSONAL_DETAILS],
    );
  }
}
