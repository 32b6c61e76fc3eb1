import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Config } from '../../../config/config.js';
import type { AlertEvent } from '../alert-event.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';

export const ALERT_RAISED = 'alert.raised';

/** Tells the operator's webhook, if there is one, of an alert: in the alert's own transaction, delivered afterwards. */
@Injectable()
export class AlertWebhook {
  constructor(
    private readonly config: Config,
    private readonly deliveries: WebhookDeliveriesRepository,
  ) {}

  async announce(manager: EntityManager, alert: AlertEvent): Promise<void> {
    if (this.config.alerts.webhook === null) return;
    await this.deliveries.add(manager, ALERT_RAISED, {
      alert: {
        id: alert.alertId,
        source: alert.source,
        alert_type: alert.type,
        severity: alert.severity,
        user_id: alert.userId,
        task_id: alert.taskId,
        title: alert.title,
        description: alert.description,
        metadata: alert.metadata,
      },
    });
  }
}
