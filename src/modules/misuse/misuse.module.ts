import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { consumesBull, drainsOutbox } from '../../queue/queue-options.js';
import type { QueueOptions } from '../../queue/queue-options.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AnalysisRepository } from './analysis.repository.js';
import { DeviationService } from './deviation.service.js';
import { LevelUpkeep } from './level-upkeep.service.js';
import { MisuseAnalysisService } from './misuse-analysis.service.js';
import { MisuseReviewModule } from './misuse-review.module.js';
import { MisuseProcessor } from './misuse.processor.js';
import { PromptJudge } from './prompt-judge.js';

/** Looks at settled calls after the fact, and acts in small steps. Nothing on the request path waits for it. */
@Module({})
export class MisuseModule {
  /** The Bull processor exists only where there is a queue to take jobs from and the role takes them. */
  static register(options: QueueOptions): DynamicModule {
    return {
      module: MisuseModule,
      imports: [MisuseReviewModule, TasksModule, UsageModule],
      providers: [
        AnalysisRepository,
        PromptJudge,
        DeviationService,
        MisuseAnalysisService,
        ...(drainsOutbox(options) ? [LevelUpkeep] : []),
        ...(consumesBull(options) ? [MisuseProcessor] : []),
      ],
    };
  }
}
