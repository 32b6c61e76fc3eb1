import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { AuditService } from '../audit/audit.service.js';
import { AuditPageResponseDto } from './dto/audit-page-response.dto.js';
import { AuditQuery } from './dto/audit.query.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/audit')
export class AdminAuditController {
  constructor(private readonly audit: AuditService) {}

  /** Who changed what, newest first. A page is continued with its `next_cursor`. */
  @Get()
  async search(@Query() query: AuditQuery): Promise<AuditPageResponseDto> {
    const isAccount = query.target !== undefined && /^\d+$/.test(query.target);
    const entries = await this.audit.search({
      actorUserId: query.actor,
      targetUserId: isAccount ? Number(query.target) : undefined,
      targetId: isAccount ? undefined : query.target,
      action: query.action,
      from: query.from === undefined ? undefined : new Date(query.from),
      to: query.to === undefined ? undefined : new Date(query.to),
      before: query.cursor === undefined ? undefined : Number(query.cursor),
      limit: query.limit,
    });
    return AuditPageResponseDto.of(entries, query.limit);
  }
}
