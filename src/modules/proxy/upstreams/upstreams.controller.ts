import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../../common/decorators/roles.decorator.js';
import { UpstreamStatusService } from './upstream-status.service.js';
import { UpstreamsDto } from './upstreams.dto.js';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/upstreams')
export class UpstreamsController {
  constructor(@Inject(UpstreamStatusService) private readonly upstreams: UpstreamStatusService) {}

  /** What became of the calls to each upstream model since this process started. */
  @Get()
  list(): UpstreamsDto {
    return this.upstreams.describe();
  }
}
