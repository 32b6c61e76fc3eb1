import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { RaisedAlertsService } from './raised-alerts.service.js';
import { AlertWebhook } from './webhook/alert-webhook.service.js';
import { WebhookClient } from './webhook/webhook-client.js';
import { WebhookDeliveriesRepository } from './webhook/webhook-deliveries.repository.js';
import { WebhookDispatcher } from './webhook/webhook-dispatcher.service.js';
import { WebhookRedrive } from './webhook/webhook-redrive.service.js';

/** What administrators are told, and the webhook that tells of it. Who raises an alert does so in its own module. */
@Module({
  imports: [AuditModule],
  providers: [
    RaisedAlertsService,
    AlertWebhook,
    WebhookDeliveriesRepository,
    WebhookClient,
    WebhookDispatcher,
    WebhookRedrive,
  ],
  exports: [RaisedAlertsService, AlertWebhook, WebhookDeliveriesRepository, WebhookRedrive],
})
export class AlertsModule {}
