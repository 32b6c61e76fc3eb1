import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { conflict, notFound } from '../../../common/errors/errors.js';
import { AuditService } from '../../audit/audit.service.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import type { DeliveryView } from './delivery-view.dto.js';

/** Sends given-up events again when somebody asks for it. */
@Injectable()
export class WebhookRedrive {
  constructor(
    private readonly dataSource: DataSource,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly audit: AuditService,
  ) {}

  /**
   * The event goes out once more, with all its attempts, under the same event id.
   * @throws DomainError 404; 409 for a delivery that was not given up
   */
  async redrive(id: number, actor: Actor): Promise<DeliveryView> {
    return this.dataSource.transaction(async (manager) => {
      const isRedriven = await this.deliveries.redrive(manager, id);
      const delivery = await this.deliveries.find(manager, id);
      if (delivery === undefined) throw notFound('Webhook delivery not found', { code: 'delivery_not_found' });
      if (!isRedriven) {
        throw conflict(`Only a dead delivery can be sent again: this one is ${delivery.state}`, {
          code: 'delivery_not_dead',
        });
      }
      const target = { kind: 'webhook_delivery', id: String(id), userId: null } as const;
      await this.audit.record(manager, { actor, action: 'webhook.redriven', target });
      return delivery;
    });
  }
}
