import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { TimeZonesService } from '../usage/limits/time-zones.service.js';
import { AccountChanges } from '../users/account-changes.service.js';
import { UsersService } from '../users/users.service.js';
import { ChangeTimeZoneDto } from './dto/change-time-zone.dto.js';
import { TimeZoneResponseDto } from './dto/time-zone-response.dto.js';
import { UserId } from './user-id.decorator.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/users/:id/time-zone')
export class AdminTimeZonesController {
  constructor(
    private readonly users: UsersService,
    private readonly zones: TimeZonesService,
    private readonly changes: AccountChanges,
  ) {}

  /** In which time zone an account's days and months begin. */
  @Get()
  async get(@UserId() userId: number): Promise<TimeZoneResponseDto> {
    const user = await this.users.getById(userId);
    return TimeZoneResponseDto.of(user.id, await this.zones.describe(user.id));
  }

  /** Another time zone, from the account's next day and next month on. */
  @Put()
  async change(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @Body() body: ChangeTimeZoneDto,
  ): Promise<TimeZoneResponseDto> {
    return TimeZoneResponseDto.of(userId, await this.changes.changeTimeZone(userId, body.time_zone, actor));
  }
}
