import { Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { WebhookDeliveriesRepository } from '../alerts/webhook/webhook-deliveries.repository.js';
import { DeliveryView } from '../alerts/webhook/delivery-view.dto.js';
import { WebhookRedrive } from '../alerts/webhook/webhook-redrive.service.js';
import { IntegerId } from './dto/integer-id.decorator.js';
import { WebhookDeliveriesQuery } from './dto/webhook-deliveries.query.js';
import { sendNextCursor } from './next-cursor.js';

@ApiTags('Alerts')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/webhook-deliveries')
export class AdminWebhookController {
  constructor(
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly redrives: WebhookRedrive,
  ) {}

  /** Events for the webhook, newest first; `state=dead` are those that were given up. `x-next-cursor` leads to more. */
  @Get()
  async list(
    @Query() { state, limit, cursor }: WebhookDeliveriesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeliveryView[]> {
    const deliveries = await this.deliveries.list({ state, before: cursor, limit });
    sendNextCursor(reply, deliveries, limit);
    return deliveries;
  }

  /** Sends a dead delivery again, under the same event id. */
  @Post(':id/redrive')
  @HttpCode(200)
  async redrive(@CurrentActor() actor: Actor, @IntegerId() id: number): Promise<DeliveryView> {
    return this.redrives.redrive(id, actor);
  }
}
