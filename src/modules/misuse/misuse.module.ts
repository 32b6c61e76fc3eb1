import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { consumesBull } from '../../queue/queue-options.js';
import type { QueueOptions } from '../../queue/queue-options.js';
import { AnalysisRepository } from './analysis.repository.js';
import { MisuseAnalysisService } from './misuse-analysis.service.js';
import { MisuseProcessor } from './misuse.processor.js';

/** Looks at settled calls after the fact. Nothing on the request path waits for it. */
@Module({})
export class MisuseModule {
  /** The Bull processor exists only where there is a queue to take jobs from and the role takes them. */
  static register(options: QueueOptions): DynamicModule {
    return {
      module: MisuseModule,
      providers: [AnalysisRepository, MisuseAnalysisService, ...(consumesBull(options) ? [MisuseProcessor] : [])],
    };
  }
}
