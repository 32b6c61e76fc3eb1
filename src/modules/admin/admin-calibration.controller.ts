import { Controller, Get, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { CalibrationExportService } from '../misuse/calibration/calibration-export.service.js';

@ApiTags('Misuse')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/misuse/calibration')
export class AdminCalibrationController {
  constructor(private readonly calibration: CalibrationExportService) {}

  /** What people made of flagged prompts, one JSON object a line: false positives, and those of confirmed blocks. */
  @ApiOkResponse({ content: { 'application/x-ndjson': { schema: { type: 'string' } } } })
  @Get()
  async export(@CurrentActor() actor: Actor): Promise<StreamableFile> {
    return new StreamableFile(await this.calibration.export(actor), {
      type: 'application/x-ndjson',
      disposition: 'attachment; filename="calibration.ndjson"',
    });
  }
}
