import { Readable } from 'node:stream';
import { Controller, Get, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import type { Principal } from '../../common/principal.js';
import { ExportService } from './export.service.js';

@ApiTags('My account')
@ApiBearerAuth()
@Controller('api/v1/user/export')
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  /** Everything that is kept about the caller: account, limits, keys without their secrets, calls with their content. */
  @ApiOkResponse({ content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } } })
  @Get()
  async export(@CurrentPrincipal() { userId }: Principal, @CurrentActor() actor: Actor): Promise<StreamableFile> {
    return new StreamableFile(Readable.from(await this.exports.export(userId, actor)), {
      type: 'application/json; charset=utf-8',
      disposition: 'attachment; filename="gatehouse-export.json"',
    });
  }
}
