import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { AlertWebhook } from '../../alerts/webhook/alert-webhook.service.js';
import type { OperatorAlert } from './operator-alert.js';

interface RaisedRow {
  readonly id: number;
  readonly title: string;
  /** Nobody was told of it yet. */
  readonly isNews: boolean;
}

interface WrittenRow {
  readonly id: number;
  readonly kind: string;
  readonly severity: string;
  readonly userId: number | null;
  readonly title: string;
  readonly description: string;
  readonly detail: OperatorAlert['detail'];
}

const INSERT = `
  INSERT INTO operator_alerts AS a (kind, dedup_key, severity, detail, user_id, title, description, raised_at, announced_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, statement_timestamp(), statement_timestamp())`;
const RETURNING = `
  RETURNING id, coalesce(title, replace(kind, '_', ' ')) AS title, raised_at = statement_timestamp() AS "isNews"`;

/* What was dealt with and happens again is raised anew, but not within a day of the dealing. */
const RAISE = `
  ${INSERT}
  ON CONFLICT (dedup_key) DO UPDATE
    SET occurrences = a.occurrences + 1, last_at = clock_timestamp(), severity = excluded.severity, detail = excluded.detail,
        title = excluded.title, description = excluded.description,
        raised_at = CASE WHEN a.status <> 'active' AND a.reviewed_at < now() - interval '1 day'
                         THEN statement_timestamp() ELSE a.raised_at END,
        status = CASE WHEN a.status <> 'active' AND a.reviewed_at < now() - interval '1 day' THEN 'active' ELSE a.status END
  ${RETURNING}`;
const RAISE_ONCE = `${INSERT} ON CONFLICT (dedup_key) DO NOTHING ${RETURNING}`;

const ANNOUNCE = `
  UPDATE operator_alerts SET announced_at = clock_timestamp()
   WHERE id = ANY (ARRAY(
     SELECT id FROM operator_alerts WHERE announced_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING id, kind, severity, user_id AS "userId", coalesce(title, replace(kind, '_', ' ')) AS title, description, detail`;
const MOST_ANNOUNCED = 50;

/** Writes down what an operator must look at, and has the webhook tell of it. */
@Injectable()
export class OperatorAlertsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AlertWebhook) private readonly webhook: AlertWebhook,
  ) {}

  /**
   * Raises an alert, or counts one more occurrence of it. Durable when it resolves.
   * @throws the driver's error when Postgres cannot be asked
   */
  async raise(alert: OperatorAlert): Promise<void> {
    await this.dataSource.transaction((manager) => this.write(manager, RAISE, alert));
  }

  /** Raises an alert unless its key was ever raised before. Part of the caller's transaction. Answers whether it was new. */
  async raiseOnce(manager: EntityManager, alert: OperatorAlert): Promise<boolean> {
    return this.write(manager, RAISE_ONCE, alert);
  }

  /** Tells the webhook of alerts that a statement of the request path wrote. Part of the caller's transaction. */
  async announceWritten(manager: EntityManager): Promise<void> {
    const [written] = await manager.query<[WrittenRow[], number]>(ANNOUNCE, [MOST_ANNOUNCED]);
    for (const { id, kind, detail, ...alert } of written) {
      await this.webhook.announce(manager, {
        ...alert,
        alertId: id,
        source: 'operator',
        type: kind,
        taskId: null,
        metadata: detail,
      });
    }
  }

  private async write(manager: EntityManager, statement: string, alert: OperatorAlert): Promise<boolean> {
    const { kind, dedupKey, severity, detail, userId, title, description = '' } = alert;
    const [raised] = await manager.query<RaisedRow[]>(statement, [
      kind,
      dedupKey,
      severity,
      JSON.stringify(detail),
      userId ?? null,
      title ?? null,
      description,
    ]);
    if (!raised?.isNews) return false;
    await this.webhook.announce(manager, {
      alertId: raised.id,
      source: 'operator',
      type: kind,
      severity,
      userId: userId ?? null,
      taskId: null,
      title: raised.title,
      description,
      metadata: detail,
    });
    return true;
  }
}
