import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Rounds } from '../../../common/rounds.js';
import { describeError } from '../../../queue/describe-error.js';
import { JobQueue } from '../../../queue/job-queue.js';
import { RetentionTurns } from '../retention/retention-turns.service.js';
import { PeriodClosingService } from './period-closing.service.js';
import { UPKEEP_JOB, UPKEEP_OPTIONS } from './upkeep-options.js';
import type { UpkeepOptions } from './upkeep-options.js';
import { UpkeepRuns } from './upkeep-runs.repository.js';

/** A turn may come a little early, so that clocks that drift do not make every second one fall out. */
const EARLIEST = 0.75;
/** Bull is given this many turns before somebody does its work in-process: it may have lost the job. */
const TURNS_FOR_BULL = 2.5;
const FIRST_LOOK_MS = 1_000;
/** A Redis that does not answer within this is none: a round must end. */
const REDIS_PATIENCE_MS = 3_000;

/**
 * Sees to it that periods are closed and what has lapsed is dropped, as a repeatable job of Bull's while Redis answers, else by a
 * timer of each worker. Whichever it is, a row of the database says whose turn it is, so replicas do not do it
 * twice; should two do it all the same, primary keys keep the books right.
 */
@Injectable()
export class PeriodUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(PeriodUpkeep.name);
  private readonly rounds = new Rounds(() => this.round());

  constructor(
    private readonly runs: UpkeepRuns,
    private readonly jobQueue: JobQueue,
    private readonly closing: PeriodClosingService,
    private readonly retention: RetentionTurns,
    @Inject(UPKEEP_OPTIONS) private readonly options: UpkeepOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.enabled) this.rounds.start(Math.min(FIRST_LOOK_MS, this.options.everyMs));
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  /** A turn that Bull gave this worker. Never rejects. */
  async run(): Promise<void> {
    await this.runIfDue(this.options.everyMs * EARLIEST);
  }

  private async round(): Promise<number> {
    const turns = (await this.handOver()) ? TURNS_FOR_BULL : EARLIEST;
    await this.runIfDue(this.options.everyMs * turns);
    return this.options.everyMs;
  }

  /** Whether Bull will bring the job round. A Redis that lost its data is given it anew. */
  private async handOver(): Promise<boolean> {
    if (!this.jobQueue.isUp()) return false;
    try {
      const late = sleep(REDIS_PATIENCE_MS, false, { ref: false });
      return await Promise.race([this.jobQueue.repeat(UPKEEP_JOB, this.options.everyMs).then(() => true), late]);
    } catch (error) {
      this.logger.debug({ reason: describeError(error) }, 'Redis did not take the job: this worker does it');
      return false;
    }
  }

  private async runIfDue(sinceMs: number): Promise<void> {
    try {
      if (await this.runs.claim('close_periods', sinceMs)) {
        const closed = await this.closing.closeAll();
        if (closed > 0) this.logger.log(`${closed} periods were closed`);
      }
      await this.retention.takeIfDue();
    } catch (error) {
      // What is left to do is found again at the next turn.
      this.logger.warn({ err: error }, 'periods could not be closed, or what has lapsed not be dropped');
    }
  }
}
