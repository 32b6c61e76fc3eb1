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
    for (const { toldLately, ...usage } of usages) {
      for (const alert of usageAlerts(usage)) {
        if (alert.type === 'large_request' || !toldLately.includes(alert.type)) await this.raise(manager, alert);
      }
    }
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

/*
 * Bounded, so that a busy account costs no more than others: the past hour is that of its newest 200 calls, its average
 * that of 1000. An alert that goes on is not raised again within a minute.
 */
const RECENT_USAGE = `
  SELECT account.user_id AS "userId", account.largest AS "largestTokens", average.tokens AS "averageTokens",
         hour.large AS "largeRequestsInHour", hour.tokens AS "tokensInHour", told.types AS "toldLately"
    FROM unnest($1::int[], $2::int[]) AS account(user_id, largest)
   CROSS JOIN LATERAL (
     SELECT (count(*) FILTER (WHERE total_tokens > 1000))::int AS large,
            coalesce(sum(total_tokens), 0)::double precision AS tokens
       FROM (SELECT total_tokens FROM misuse_assessments
              WHERE user_id = account.user_id AND admitted_at > now() - interval '1 hour'
              ORDER BY admitted_at DESC LIMIT 200) newest) hour
    LEFT JOIN LATERAL (
     SELECT avg(total_tokens)::double precision AS tokens
       FROM (SELECT total_tokens FROM misuse_assessments
              WHERE account.largest > $4 AND user_id = account.user_id AND admitted_at > now() - interval '30 days'
                AND request_id <> ALL ($3::uuid[])
              ORDER BY admitted_at DESC LIMIT 1000) newest) average ON true
   CROSS JOIN LATERAL (
     SELECT coalesce(array_agg(alert_type), '{}') AS types FROM misuse_alerts
      WHERE user_id = account.user_id AND status = 'active' AND last_seen_at > now() - interval '1 minute') told
   ORDER BY 1`;
