import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { LedgerExportService } from '../usage/export/ledger-export.service.js';
import { UsageExportQuery } from './dto/usage-export.query.js';

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' };

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/export')
export class AdminExportController {
  constructor(private readonly ledger: LedgerExportService) {}

  /** The ledger as a file, one line per call, oldest first. */
  @Get('usage')
  usage(@Query() { format, from, to, user_id }: UsageExportQuery): StreamableFile {
    const stream = this.ledger.export({ format, from: from ?? new Date(0), to: to ?? new Date(), userId: user_id });
    return new StreamableFile(stream, {
      type: CONTENT_TYPES[format],
      disposition: `attachment; filename="usage.${format}"`,
    });
  }
}
