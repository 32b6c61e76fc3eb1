import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { notFound } from '../../../common/errors/errors.js';
import { AuditService } from '../../audit/audit.service.js';
import type { AlertStatistics, AlertStatus, AlertView, NewAlert } from './alert.js';
import { usageAlerts } from './usage-alerts.js';
import type { RecentUsage } from './usage-alerts.js';

/** Alerts for administrators: raised once while they are active, however often their cause comes back. */
@Injectable()
export class AlertsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** In the transaction of what it tells of. */
  async raise(manager: EntityManager, alert: NewAlert): Promise<void> {
    await manager.query(RAISE, [
      alert.userId,
      alert.taskId ?? null,
      alert.type,
      alert.severity,
      alert.title,
      alert.description,
      JSON.stringify(alert.metadata ?? {}),
    ]);
  }

  /** Raises what the usage of an account gives cause for, after these requests of it. */
  async watchUsage(manager: EntityManager, userId: number, requestIds: readonly string[]): Promise<void> {
    const [usage] = await manager.query<Omit<RecentUsage, 'userId'>[]>(RECENT_USAGE, [userId, requestIds]);
    for (const alert of usageAlerts({ ...usage, userId })) await this.raise(manager, alert);
  }

  /** Newest first. */
  async search(search: { status?: AlertStatus; userId?: number; limit: number; skip: number }): Promise<AlertView[]> {
    return this.dataSource.query<AlertView[]>(
      `${ALERT} WHERE ($1::text IS NULL OR a.status = $1) AND ($2::int IS NULL OR a.user_id = $2)
       ORDER BY a.id DESC LIMIT $3 OFFSET $4`,
      [search.status ?? null, search.userId ?? null, search.limit, search.skip],
    );
  }

  /** Throws 404. */
  async getById(id: number): Promise<AlertView> {
    const [alert] = await this.dataSource.query<AlertView[]>(`${ALERT} WHERE a.id = $1`, [id]);
    if (alert === undefined) throw notFound('Alert not found', { code: 'alert_not_found' });
    return alert;
  }

  /** Throws 404. */
  async close(
    id: number,
    closing: { status: Exclude<AlertStatus, 'active'>; notes: string | null; actor: Actor },
  ): Promise<AlertView> {
    const { status, notes, actor } = closing;
    const alert = await this.getById(id);
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE misuse_alerts SET status = $2, resolution_notes = $3, reviewed_by = $4, reviewed_at = now() WHERE id = $1`,
        [id, status, notes, actor.userId],
      );
      const target = { kind: 'alert', id: String(id), userId: alert.user_id } as const;
      await this.audit.record(manager, { actor, action: 'alert.closed', target, details: { status } });
    });
    return this.getById(id);
  }

  async statistics(): Promise<AlertStatistics> {
    const [statistics] = await this.dataSource.query<AlertStatistics[]>(STATISTICS);
    return statistics;
  }
}

const ALERT = `
  SELECT a.id, a.user_id, u.email AS user_email, u.name AS user_name, a.task_id, a.alert_type, a.severity, a.title,
         a.description, a.status, a.occurrences, a.last_seen_at, a.reviewed_by, a.reviewed_at, a.resolution_notes,
         a.created_at, a.metadata
    FROM misuse_alerts a JOIN users u ON u.id = a.user_id`;

/* Somebody who has just dealt with an alert on usage is not told the same again for a day. */
const RAISE = `
  INSERT INTO misuse_alerts (user_id, task_id, alert_type, severity, title, description, metadata)
  SELECT $1, $2, $3, $4, $5, $6, $7
   WHERE $4 = 'critical' OR NOT EXISTS (
     SELECT 1 FROM misuse_alerts
      WHERE user_id = $1 AND alert_type = $3 AND status <> 'active' AND reviewed_at > now() - interval '1 day')
  ON CONFLICT (user_id, alert_type) WHERE status = 'active' DO UPDATE
    SET occurrences = misuse_alerts.occurrences + 1, last_seen_at = now(), description = excluded.description,
        metadata = excluded.metadata`;

const RECENT_USAGE = `
  SELECT coalesce(max(total_tokens) FILTER (WHERE request_id = ANY($2::uuid[])), 0) AS "largestTokens",
         (avg(total_tokens) FILTER (WHERE request_id <> ALL($2::uuid[])))::double precision AS "averageTokens",
         (count(*) FILTER (WHERE total_tokens > 1000 AND admitted_at > now() - interval '1 hour'))::int
           AS "largeRequestsInHour",
         coalesce(sum(total_tokens) FILTER (WHERE admitted_at > now() - interval '1 hour'), 0)::double precision
           AS "tokensInHour"
    FROM misuse_assessments
   WHERE user_id = $1
     AND admitted_at > now() - CASE WHEN EXISTS (
           SELECT 1 FROM misuse_assessments
            WHERE user_id = $1 AND request_id = ANY($2::uuid[]) AND total_tokens > 2000)
         THEN interval '30 days' ELSE interval '1 hour' END`;

const STATISTICS = `
  SELECT (count(*) FILTER (WHERE status = 'active'))::int AS active_alerts,
         (count(*) FILTER (WHERE status = 'resolved'))::int AS resolved_alerts,
         (count(*) FILTER (WHERE severity = 'critical'))::int AS critical_alerts,
         (count(*) FILTER (WHERE severity IN ('high', 'critical')))::int AS high_priority_alerts,
         count(*)::int AS total_alerts
    FROM misuse_alerts`;
