import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import type { LedgerLogEntry } from '../usage/ledger/ledger-reader.service.js';
import { AdminLogsQuery } from './dto/admin-logs.query.js';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/logs')
export class AdminLogsController {
  constructor(private readonly ledger: LedgerReaderService) {}

  /** Inference calls of one account or of all, newest first: one entry per call, orphans included. */
  @Get()
  async list(@Query() query: AdminLogsQuery): Promise<LedgerLogEntry[]> {
    return this.ledger.search({ userId: query.user_id, limit: query.limit, skip: query.skip });
  }
}
