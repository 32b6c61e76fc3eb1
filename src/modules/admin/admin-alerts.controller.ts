import { Body, Controller, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { PageQuery } from '../../common/http/page.query.js';
import type { AlertStatistics, AlertView } from '../misuse/alerts/alert.js';
import { AlertsService } from '../misuse/alerts/alerts.service.js';
import { AdminAlertsService } from './admin-alerts.service.js';
import { AlertsQuery } from './dto/alerts.query.js';
import { BlockUserDto } from './dto/block-user.dto.js';
import { BlockedByAlertDto } from './dto/blocked-by-alert.dto.js';
import { IntegerId } from './dto/integer-id.decorator.js';
import { ResolveAlertDto } from './dto/resolve-alert.dto.js';
import { ResolvedAlertDto } from './dto/resolved-alert.dto.js';

@ApiTags('Misuse')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/alerts')
export class AdminAlertsController {
  constructor(
    private readonly alerts: AlertsService,
    private readonly administration: AdminAlertsService,
  ) {}

  /** Newest first. */
  @Get()
  async list(@Query() query: AlertsQuery): Promise<AlertView[]> {
    return this.alerts.search({ status: query.status_filter, limit: query.limit, skip: query.skip });
  }

  @Get('stats')
  async statistics(): Promise<AlertStatistics> {
    return this.alerts.statistics();
  }

  @Get('user/:userId')
  async ofUser(@IntegerId('userId') userId: number, @Query() page: PageQuery): Promise<AlertView[]> {
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
