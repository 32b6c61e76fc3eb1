import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiProduces, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Credentials } from '../../../common/decorators/credentials.decorator.js';
import { Roles } from '../../../common/decorators/roles.decorator.js';
import { SettlementQueue } from '../../usage/settlement/settlement-queue.js';
import { metricsText } from './metrics-text.js';
import { UpstreamStatusService } from './upstream-status.service.js';

@ApiTags('health')
@ApiBearerAuth()
@ApiSecurity('api-key')
@Roles('admin')
@Credentials('key', 'jwt')
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(UpstreamStatusService) private readonly upstreams: UpstreamStatusService,
    @Inject(SettlementQueue) private readonly settlements: SettlementQueue,
  ) {}

  /** This process's numbers in Prometheus' text format, for an administrator's key or login. */
  @Get()
  @ApiProduces('text/plain')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): string {
    return metricsText(this.upstreams.describe(), {
      settlementBacklog: this.settlements.size,
      residentBytes: process.memoryUsage.rss(),
    });
  }
}
