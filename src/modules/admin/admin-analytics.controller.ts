import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Roles } from '../../common/decorators/roles.decorator.js';
import type { TimeSeriesEntry } from '../usage/statistics/time-series.js';
import { AdminAnalyticsService } from './admin-analytics.service.js';
import type { AccountNumbers, TopListEntry, UsageAnalytics } from './admin-analytics.service.js';
import { AnalyticsUsageQuery } from './dto/analytics-usage.query.js';
import { TimeSeriesQuery } from './dto/time-series.query.js';
import { TopQuery } from './dto/top.query.js';

/** Statistics over all accounts, from the daily rollups: days are UTC days. */
@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/analytics')
export class AdminAnalyticsController {
  constructor(private readonly analytics: AdminAnalyticsService) {}

  /** Totals, averages and intents of the last days. */
  @Get('usage')
  async usage(@Query() query: AnalyticsUsageQuery): Promise<UsageAnalytics> {
    return this.analytics.usage(query.days);
  }

  /** How many accounts there are, and in which state. */
  @Get('users')
  async users(): Promise<AccountNumbers> {
    return this.analytics.accounts();
  }

  /** Totals by day and by model, user, key or intent. `x-next-cursor` leads to more. */
  @Get('timeseries')
  async timeSeries(
    @Query() query: TimeSeriesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimeSeriesEntry[]> {
    const { entries, nextCursor } = await this.analytics.timeSeries(query);
    if (nextCursor !== undefined) reply.header('x-next-cursor', nextCursor);
    return entries;
  }

  /** The accounts, keys, models or tasks that were used most. */
  @Get('top')
  async top(@Query() query: TopQuery): Promise<TopListEntry[]> {
    return this.analytics.top(query);
  }
}
