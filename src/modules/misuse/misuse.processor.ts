import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { CALL_SETTLED, OUTBOX_QUEUE } from '../../queue/outbox-job.js';
import type { OutboxBatch } from '../../queue/outbox-job.js';
import { OutboxConsumer } from '../../queue/outbox-consumer.service.js';

/** One after the other: two would wait for the same accounts, and take from the requests what the database has to give. */
const CONCURRENT_BATCHES = 1;

/** Takes batches of settled calls from Bull. */
@Processor(OUTBOX_QUEUE)
export class MisuseProcessor {
  constructor(private readonly consumer: OutboxConsumer) {}

  @Process({ name: CALL_SETTLED, concurrency: CONCURRENT_BATCHES })
  async process(job: Job<OutboxBatch>): Promise<void> {
    await this.consumer.consume(CALL_SETTLED, job.data.items);
  }
}
