import { Body, Controller, Get, HttpCode, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { PageQuery } from '../../common/http/page.query.js';
import { AlertStatistics } from '../alerts/alert-statistics.dto.js';
import { RaisedAlert } from '../alerts/raised-alert.dto.js';
import { RaisedAlertsService } from '../alerts/raised-alerts.service.js';
import { AdminAlertsService } from './admin-alerts.service.js';
import { AlertsQuery } from './dto/alerts.query.js';
import { BlockUserDto } from './dto/block-user.dto.js';
import { BlockedByAlertDto } from './dto/blocked-by-alert.dto.js';
import { IntegerId } from './dto/integer-id.decorator.js';
import { ResolveAlertDto } from './dto/resolve-alert.dto.js';
import { ResolvedAlertDto } from './dto/resolved-alert.dto.js';
import { sendNextCursor } from './next-cursor.js';

@ApiTags('Alerts')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/alerts')
export class AdminAlertsController {
  constructor(
    private readonly alerts: RaisedAlertsService,
    private readonly administration: AdminAlertsService,
  ) {}

  /** Misuse, limits, spending and operation in one list, newest first. `x-next-cursor` leads to more. */
  @Get()
  async list(@Query() query: AlertsQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<RaisedAlert[]> {
    const { status_filter, source, severity, alert_type, user_id, cursor, limit, skip } = query;
    const alerts = await this.alerts.search({
      status: status_filter,
      source,
      severity,
      type: alert_type,
      userId: user_id,
      before: cursor,
      limit,
      skip,
    });
    sendNextCursor(reply, alerts, limit);
    return alerts;
  }

  @Get('stats')
  async statistics(): Promise<AlertStatistics> {
    return this.alerts.statistics();
  }

  @Get('user/:userId')
  async ofUser(@IntegerId('userId') userId: number, @Query() page: PageQuery): Promise<RaisedAlert[]> {
    return this.alerts.search({ userId, limit: page.limit, skip: page.skip });
  }

  @Patch(':id/resolve')
  async resolve(
    @CurrentActor() actor: Actor,
    @IntegerId() id: number,
    @Body() body: ResolveAlertDto,
  ): Promise<ResolvedAlertDto> {
    const resolution = { status: body.status ?? 'resolved', notes: body.resolution_notes ?? null };
    return this.administration.resolve(id, resolution, actor);
  }

  /** Says that somebody has seen it: the alert is `reviewed` and leaves the active ones. */
  @Post(':id/acknowledge')
  @HttpCode(200)
  async acknowledge(@CurrentActor() actor: Actor, @IntegerId() id: number): Promise<ResolvedAlertDto> {
    return this.administration.resolve(id, { status: 'reviewed', notes: null }, actor);
  }

  /** Blocks the account that the alert is about. */
  @Post(':id/block-user')
  @HttpCode(200)
  async blockUser(
    @CurrentActor() actor: Actor,
    @IntegerId() id: number,
    @Body() body: BlockUserDto,
  ): Promise<BlockedByAlertDto> {
    return this.administration.blockUser(id, body.reason, actor);
  }
}
