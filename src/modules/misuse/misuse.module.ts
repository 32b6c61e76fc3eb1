import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { consumesBull, drainsOutbox } from '../../queue/queue-options.js';
import type { QueueOptions } from '../../queue/queue-options.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AnalysisRepository } from './analysis.repository.js';
import { DeviationService } from './deviation.service.js';
import { PromptJudge } from './judging/prompt-judge.js';
import { LevelUpkeep } from './level-upkeep.service.js';
import { MisuseAnalysisService } from './misuse-analysis.service.js';
import { MisuseReviewModule } from './misuse-review.module.js';
import { MisuseProcessor } from './misuse.processor.js';
import { OpinionService } from './second-stage/opinion.service.js';
import { OpinionsRepository } from './second-stage/opinions.repository.js';
import { SecondStage } from './second-stage/second-stage.js';
import { SecondStageBudget } from './second-stage/second-stage-budget.js';
import { SecondStageWorker } from './second-stage/second-stage-worker.service.js';

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
        OpinionsRepository,
        SecondStageBudget,
        { provide: SecondStage, inject: [Config, SecondStageBudget], useFactory: secondStage },
        OpinionService,
        ...(drainsOutbox(options) ? [LevelUpkeep, SecondStageWorker] : []),
        ...(consumesBull(options) ? [MisuseProcessor] : []),
      ],
    };
  }
}

/** Null without a key: then nobody is asked. */
function secondStage({ misuse, upstream }: Config, budget: SecondStageBudget): SecondStage | null {
  return misuse.secondStage && new SecondStage(misuse.secondStage, budget, upstream.probeIntervalMs);
}
