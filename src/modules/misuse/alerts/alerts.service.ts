import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AlertWebhook } from '../../alerts/webhook/alert-webhook.service.js';
import type { NewAlert } from './alert.js';
import { usageAlerts } from './usage-alerts.js';
import type { RecentUsage } from './usage-alerts.js';

/** Alerts for administrators: raised once while they are active, however often their cause comes back. */
@Injectable()
export class AlertsService {
  constructor(private readonly webhook: AlertWebhook) {}

  /** In the transaction of what it tells of. The webhook is told of the first occurrence. */
  async raise(manager: EntityManager, alert: NewAlert): Promise<void> {
    const { userId, taskId = null, type, severity, title, description, metadata = {} } = alert;
    const [raised] = await manager.query<{ id: number; isNews: boolean }[]>(RAISE, [
      userId,
      taskId,
      type,
      severity,
      title,
      description,
      JSON.stringify(metadata),
    ]);
    if (!raised?.isNews) return;
    await this.webhook.announce(manager, {
      alertId: raised.id,
      source: 'misuse',
      type,
      severity,
      userId,
      taskId,
      title,
      description,
      metadata,
    });
  }

  /** Raises what the usage of an account gives cause for, after these requests of it. */
  async watchUsage(manager: EntityManager, userId: number, requestIds: readonly string[]): Promise<void> {
    const [usage] = await manager.query<Omit<RecentUsage, 'userId'>[]>(RECENT_USAGE, [userId, requestIds]);
    for (const alert of usageAlerts({ ...usage, userId })) await this.raise(manager, alert);
  }
}

/* Somebody who has just dealt with an alert on usage is not told the same again for a day. */
const RAISE = `
  INSERT INTO misuse_alerts (user_id, task_id, alert_type, severity, title, description, metadata)
  SELECT $1, $2, $3, $4, $5, $6, $7
   WHERE $4 = 'critical' OR NOT EXISTS (
     SELECT 1 FROM misuse_alerts
      WHERE user_id = $1 AND alert_type = $3 AND status <> 'active' AND reviewed_at > now() - interval '1 day')
  ON CONFLICT (user_id, alert_type) WHERE status = 'active' DO UPDATE
    SET occurrences = misuse_alerts.occurrences + 1, last_seen_at = now(), description = excluded.description,
        metadata = excluded.metadata
  RETURNING id, occurrences = 1 AS "isNews"`;

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
