import { Injectable } from '@nestjs/common';
import { JobQueue } from './job-queue.js';

/** No Redis is configured: nothing can be handed over, every batch is handled in-process. */
@Injectable()
export class AbsentJobQueue extends JobQueue {
  isUp(): boolean {
    return false;
  }

  async accepts(): Promise<boolean> {
    return false;
  }

  async repeat(): Promise<void> {
    throw new Error('No Redis is configured');
  }

  async add(): Promise<void> {
    throw new Error('No Redis is configured');
  }
}
