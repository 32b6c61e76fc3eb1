import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { RefusesWith } from '../../common/decorators/refusal-words.decorator.js';
import { DaysQuery } from '../../common/http/days.query.js';
import type { Principal } from '../../common/principal.js';
import { UsageLogEntry } from './dto/usage-log-entry.dto.js';
import { UsageLogsQuery } from './dto/usage-logs.query.js';
import { UsageQuota } from './dto/usage-quota.dto.js';
import { UsageStats } from './dto/usage-stats.dto.js';
import { MyUsageService } from './my-usage.service.js';

/** The account's own usage, in the shapes of the billing API. */
@ApiTags('My usage')
@ApiBearerAuth()
@RefusesWith({ missing: 'Could not validate credentials' })
@Controller('api/usage')
export class MyUsageController {
  constructor(private readonly usage: MyUsageService) {}

  /** Totals of the last days, by model and by kind of work. */
  @Get('stats')
  async stats(@CurrentPrincipal() principal: Principal, @Query() query: DaysQuery): Promise<UsageStats> {
    return this.usage.stats(principal.userId, query.days);
  }

  /** The account's calls, newest first. `x-next-cursor` leads to more. */
  @Get('logs')
  async logs(
    @CurrentPrincipal() principal: Principal,
    @Query() query: UsageLogsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UsageLogEntry[]> {
    const { entries, nextCursor } = await this.usage.logs(principal.userId, query);
    if (nextCursor !== undefined) reply.header('x-next-cursor', nextCursor);
    return entries;
  }

  /** What is left of each limit; -1 is unlimited. */
  @Get('quota')
  async quota(@CurrentPrincipal() principal: Principal): Promise<UsageQuota> {
    return this.usage.quota(principal.userId);
  }
}
