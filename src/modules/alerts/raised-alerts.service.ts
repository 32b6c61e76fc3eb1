import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { notFound } from '../../common/errors/errors.js';
import { AuditService } from '../audit/audit.service.js';
import type { AlertStatistics } from './alert-statistics.dto.js';
import type { RaisedAlert } from './raised-alert.dto.js';
import type { AlertSearch, AlertStatus } from './raised-alert.js';

/** Alerts of both sources, for administrators: found, read, acknowledged. */
@Injectable()
export class RaisedAlertsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async search(search: AlertSearch): Promise<RaisedAlert[]> {
    return this.dataSource.query<RaisedAlert[]>(
      `${ALERT}
        WHERE ($1::text IS NULL OR a.status = $1) AND ($2::text IS NULL OR a.source = $2)
          AND ($3::text IS NULL OR a.severity = $3) AND ($4::text IS NULL OR a.alert_type = $4)
          AND ($5::int IS NULL OR a.user_id = $5) AND ($6::int IS NULL OR a.id < $6)
        ORDER BY a.id DESC LIMIT $7 OFFSET $8`,
      [
        search.status ?? null,
        search.source ?? null,
        search.severity ?? null,
        search.type ?? null,
        search.userId ?? null,
        search.before ?? null,
        search.limit,
        search.skip,
      ],
    );
  }

  /** Throws 404. */
  async getById(id: number): Promise<RaisedAlert> {
    const [alert] = await this.dataSource.query<RaisedAlert[]>(`${ALERT} WHERE a.id = $1`, [id]);
    if (alert === undefined) throw notFound('Alert not found', { code: 'alert_not_found' });
    return alert;
  }

  /** Throws 404. */
  async close(
    id: number,
    closing: { status: Exclude<AlertStatus, 'active'>; notes: string | null; actor: Actor },
  ): Promise<RaisedAlert> {
    const { status, notes, actor } = closing;
    const alert = await this.getById(id);
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE ${TABLES[alert.source]}
            SET status = $2, resolution_notes = $3, reviewed_by = $4, reviewed_at = now() WHERE id = $1`,
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

const TABLES = { misuse: 'misuse_alerts', operator: 'operator_alerts' } as const;

const ALERT = `
  SELECT a.id, a.source, a.user_id, u.email AS user_email, u.name AS user_name, a.task_id, a.alert_type, a.severity,
         a.title, a.description, a.status, a.occurrences, a.last_seen_at, a.reviewed_by, a.reviewed_at,
         a.resolution_notes, a.created_at, a.metadata
    FROM raised_alerts a LEFT JOIN users u ON u.id = a.user_id`;

const STATISTICS = `
  SELECT (count(*) FILTER (WHERE status = 'active'))::int AS active_alerts,
         (count(*) FILTER (WHERE status = 'resolved'))::int AS resolved_alerts,
         (count(*) FILTER (WHERE severity = 'critical'))::int AS critical_alerts,
         (count(*) FILTER (WHERE severity IN ('high', 'critical')))::int AS high_priority_alerts,
         count(*)::int AS total_alerts
    FROM raised_alerts`;
