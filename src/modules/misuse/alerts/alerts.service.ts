import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AlertWebhook } from '../../alerts/webhook/alert-webhook.service.js';
import type { WatchedAccount } from '../accounts/watched-account.js';
import type { AssessedCall } from '../assessment.js';
import type { NewAlert } from './alert.js';
import { LARGE_FROM_TOKENS, usageAlerts } from './usage-alerts.js';
import type { RecentUsage } from './usage-alerts.js';

/** Alerts for administrators: raised once while they are active, however often their cause comes back. */
@Injectable()
export class AlertsService {
  constructor(private readonly webhook: AlertWebhook) {}

  /** In the transaction of what it tells of. The webhook is told of the first occurrence. */
  async raise(manager: EntityManager, alert: NewAlert): Promise<void> {
    await this.raiseAll(manager, [alert]);
  }

  /** As `raise`, of several at once: not two of one type for one account. */
  private async raiseAll(manager: EntityManager, alerts: readonly NewAlert[]): Promise<void> {
    if (alerts.length === 0) return;
    const raised = await manager.query<RaisedAlert[]>(RAISE, [
      alerts.map(({ userId }) => userId),
      alerts.map(({ taskId }) => taskId ?? null),
      alerts.map(({ type }) => type),
      alerts.map(({ severity }) => severity),
      alerts.map(({ title }) => title),
      alerts.map(({ description }) => description),
      alerts.map(({ metadata }) => JSON.stringify(metadata ?? {})),
    ]);
    const news = new Map(raised.filter(({ isNews }) => isNews).map((one) => [nameOf(one), one.id]));
    for (const alert of alerts) {
      const alertId = news.get(nameOf(alert));
      if (alertId !== undefined) await this.announce(manager, alertId, alert);
    }
  }

  private async announce(
    manager: EntityManager,
    alertId: number,
    { userId, taskId = null, type, severity, title, description, metadata = {} }: NewAlert,
  ): Promise<void> {
    await this.webhook.announce(manager, {
      alertId,
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

  /** Raises what the usage of accounts gives cause for, after these calls of theirs. */
  async watchUsage(
    manager: EntityManager,
    accounts: readonly WatchedAccount[],
    callsOf: ReadonlyMap<number, readonly AssessedCall[]>,
  ): Promise<void> {
    const calls = accounts.map(({ userId }) => callsOf.get(userId) ?? []);
    const largest = calls.map((own) => Math.max(0, ...own.map(({ totalTokens }) => totalTokens)));
    const usages = await manager.query<(RecentUsage & { readonly toldLately: string[] })[]>(RECENT_USAGE, [
      accounts.map(({ userId }) => userId),
      largest,
      calls.flat().map(({ requestId }) => requestId),
      LARGE_FROM_TOKENS,
    ]);
    const alerts = usages.flatMap(({ toldLately, ...usage }) =>
      usageAlerts(usage).filter(({ type }) => type === 'large_request' || !toldLately.includes(type)),
    );
    await this.raiseAll(manager, alerts);
  }
}

interface RaisedAlert {
  readonly id: number;
  readonly userId: number;
  readonly type: string;
  readonly isNews: boolean;
}

function nameOf({ userId, type }: { readonly userId: number; readonly type: string }): string {
  return `${userId}/${type}`;
}

/* Somebody who has just dealt with an alert on usage is not told the same again for a day. */
const RAISE = `
  INSERT INTO misuse_alerts (user_id, task_id, alert_type, severity, title, description, metadata)
  SELECT alert.* FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
           AS alert (user_id, task_id, alert_type, severity, title, description, metadata)
   WHERE severity = 'critical' OR NOT EXISTS (
     SELECT 1 FROM misuse_alerts told
      WHERE told.user_id = alert.user_id AND told.alert_type = alert.alert_type AND told.status <> 'active'
        AND told.reviewed_at > now() - interval '1 day')
   ORDER BY user_id, alert_type
  ON CONFLICT (user_id, alert_type) WHERE status = 'active' DO UPDATE
    SET occurrences = misuse_alerts.occurrences + 1, last_seen_at = now(), description = excluded.description,
        metadata = excluded.metadata
  RETURNING id, user_id AS "userId", alert_type AS type, occurrences = 1 AS "isNews"`;

/*
 * Bounded, so that a busy account costs no more than others: the past hour is that of its newest 200 calls, its average
 * that of 1000. An alert that goes on is not raised again within a minute: until then the hour is looked at only for what
 * these calls add to what was not told.
 */
const RECENT_USAGE = `
  SELECT account.user_id AS "userId", account.largest AS "largestTokens", average.tokens AS "averageTokens",
         hour.large AS "largeRequestsInHour", hour.tokens AS "tokensInHour", told.types AS "toldLately"
    FROM unnest($1::int[], $2::int[]) AS account(user_id, largest)
   CROSS JOIN LATERAL (
     SELECT coalesce(array_agg(alert_type), '{}') AS types FROM misuse_alerts
      WHERE user_id = account.user_id AND status = 'active' AND last_seen_at > now() - interval '1 minute') told
   CROSS JOIN LATERAL (
     SELECT (count(*) FILTER (WHERE total_tokens > 1000))::int AS large,
            coalesce(sum(total_tokens), 0)::double precision AS tokens
       FROM (SELECT total_tokens FROM misuse_assessments
              WHERE ('rapid_usage' <> ALL (told.types)
                     OR account.largest > 1000 AND 'multiple_large_requests' <> ALL (told.types))
                AND user_id = account.user_id AND admitted_at > now() - interval '1 hour'
              ORDER BY admitted_at DESC LIMIT 200) newest) hour
    LEFT JOIN LATERAL (
     SELECT avg(total_tokens)::double precision AS tokens
       FROM (SELECT total_tokens FROM misuse_assessments
              WHERE account.largest > $4 AND user_id = account.user_id AND admitted_at > now() - interval '30 days'
                AND request_id <> ALL ($3::uuid[])
              ORDER BY admitted_at DESC LIMIT 1000) newest) average ON true
   ORDER BY 1`;
