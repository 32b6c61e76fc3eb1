import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { Public } from '../common/decorators/public.decorator.js';
import { JobQueue } from '../queue/job-queue.js';
import { DatabaseProbe } from './database-probe.service.js';
import { Liveness } from './dto/liveness.dto.js';
import { ServiceDescription } from './dto/service-description.dto.js';
import { API_VERSION, SERVICE_NAME } from './service-info.js';

const READY_TIMEOUT_MS = 1_000;
/** The route is public: callers that come together share one question to the database. */
const READY_SHARED_MS = 500;

@ApiTags('health')
@Public()
@Controller()
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseProbe,
    private readonly jobQueue: JobQueue,
  ) {}

  /** Where to find what. */
  @Get()
  root(): ServiceDescription {
    return {
      status: 'healthy',
      message: 'Gatehouse: metered, policed access to language models.',
      version: API_VERSION,
      docs: '/docs',
      health: '/health',
    };
  }

  /** Liveness: 200 as long as the process serves, with the last known state of what it depends on. */
  @Get('health')
  live(): Liveness {
    return { status: 'healthy', service: SERVICE_NAME, database: this.database.isUp(), cache: this.jobQueue.isUp() };
  }

  /** Readiness: 503 while the database does not answer. Redis is not needed to serve. */
  @Get('health/ready')
  @HealthCheck()
  async ready(): Promise<HealthCheckResult> {
    return this.checks.check([
      () =>
        this.indicators
          .check('database')
          .attempt(() => this.database.ask())
          .withTimeout(READY_TIMEOUT_MS)
          .cacheFor(READY_SHARED_MS),
    ]);
  }
}
