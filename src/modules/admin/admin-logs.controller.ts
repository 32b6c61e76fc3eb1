import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { TargetedLogEntry } from '../usage/ledger/targeted-log-entry.dto.js';
import { AdminLogsService } from './admin-logs.service.js';
import { AdminLogsQuery } from './dto/admin-logs.query.js';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/logs')
export class AdminLogsController {
  constructor(private readonly logs: AdminLogsService) {}

  /** Inference calls that match, newest first: one entry per call, orphans included. `x-next-cursor` leads to more. */
  @Get()
  async list(
    @Query() query: AdminLogsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TargetedLogEntry[]> {
    const { entries, nextCursor } = await this.logs.page(query);
    if (nextCursor !== undefined) reply.header('x-next-cursor', nextCursor);
    return entries;
  }
}
