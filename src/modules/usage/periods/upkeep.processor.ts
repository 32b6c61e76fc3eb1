import { Process, Processor } from '@nestjs/bull';
import { OUTBOX_QUEUE } from '../../../queue/outbox-job.js';
import { PeriodUpkeep } from './period-upkeep.service.js';
import { UPKEEP_JOB } from './upkeep-options.js';

/** Takes the turns that Bull hands out. They travel in the one queue there is, whose connections outlive any outage. */
@Processor(OUTBOX_QUEUE)
export class UpkeepProcessor {
  constructor(private readonly upkeep: PeriodUpkeep) {}

  @Process({ name: UPKEEP_JOB, concurrency: 1 })
  async process(): Promise<void> {
    await this.upkeep.run();
  }
}
