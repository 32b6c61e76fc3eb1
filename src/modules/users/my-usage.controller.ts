import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { DaysQuery } from '../../common/http/days.query.js';
import type { Principal } from '../../common/principal.js';
import { UsageLogsQuery } from './dto/usage-logs.query.js';
import { MyUsageService } from './my-usage.service.js';
import type { UsageLogEntry, UsageQuota, UsageStats } from './my-usage.service.js';

/** The account's own usage, in the shapes of the billing API. */
@ApiTags('My usage')
@ApiBearerAuth()
@Controller('api/usage')
export class MyUsageController {
  constructor(private readonly usage: MyUsageService) {}

  /** Totals of the last days, by model and by kind of work. */
  @Get('stats')
  async stats(@CurrentPrincipal() principal: Principal, @Query() query: DaysQuery): Promise<UsageStats> {
    return this.usage.stats(principal.userId, query.days);
  }

  /** The account's calls, newest first. */
  @Get('logs')
  async logs(@CurrentPrincipal() principal: Principal, @Query() query: UsageLogsQuery): Promise<UsageLogEntry[]> {
    return this.usage.logs(principal.userId, query);
  }

  /** What is left of each limit; -1 is unlimited. */
  @Get('quota')
  async quota(@CurrentPrincipal() principal: Principal): Promise<UsageQuota> {
    return this.usage.quota(principal.userId);
  }
}
