import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { consumesBull, drainsOutbox } from '../../queue/queue-options.js';
import type { QueueOptions } from '../../queue/queue-options.js';
import { PeriodUpkeep } from './periods/period-upkeep.service.js';
import { UPKEEP_OPTIONS } from './periods/upkeep-options.js';
import type { UpkeepOptions } from './periods/upkeep-options.js';
import { UpkeepProcessor } from './periods/upkeep.processor.js';
import { UsageModule } from './usage.module.js';

const EVERY_MS = 60_000;

/** What workers do to the books now and then. Nothing on the request path waits for it. */
@Module({})
export class UpkeepModule {
  /** The Bull processor exists only where there is a queue to take jobs from and the role takes them. */
  static register(queue: QueueOptions, everyMs = EVERY_MS): DynamicModule {
    const options: UpkeepOptions = { enabled: drainsOutbox(queue), everyMs };
    return {
      module: UpkeepModule,
      imports: [UsageModule],
      providers: [
        { provide: UPKEEP_OPTIONS, useValue: options },
        PeriodUpkeep,
        ...(consumesBull(queue) ? [UpkeepProcessor] : []),
      ],
    };
  }
}
