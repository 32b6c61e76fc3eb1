import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../common/errors/domain-error.js';
import { unavailable } from '../../../common/errors/errors.js';
import { HotDatabase } from '../../../database/hot-database.js';
import { isLockTimeout, isSerializationFailure } from '../../../database/postgres-errors.js';
import { MicroBatcher } from '../../../database/micro-batcher.js';
import { runResilientBatch } from '../../../database/resilient-batch.js';
import { alertParameters, ALERT_REFUSED_USAGE } from './alert.statement.js';
import { contentParameters, SETTLE_WITH_CONTENT } from './content.statement.js';
import { SETTLE, settleParameters } from './settle.statement.js';
import type { EndedCall } from './settle.statement.js';

const LANES = 2;
const LARGEST_BATCH = 256;
/** What the process may owe the database. Past it no call is admitted, so that nothing is ever dropped. */
const LARGEST_BACKLOG = 20_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
const DRAIN_WITHIN_MS = 20_000;

const VOID = { name: 'gatehouse_void', text: 'SELECT gatehouse_void($1::int[], $2::uuid[])' };

/**
 * What must reach the database sooner or later: settlements, and admissions to be made void. Each is tried again with the
 * same request id until it is written; the statements are idempotent, so an unknown outcome costs nothing.
 */
@Injectable()
export class SettlementQueue implements BeforeApplicationShutdown {
  private readonly logger = new Logger(SettlementQueue.name);
  private readonly batcher: MicroBatcher<EndedCall, true | Error>;
  private backlog = 0;
  private troubled = false;

  constructor(@Inject(HotDatabase) private readonly database: HotDatabase) {
    this.batcher = new MicroBatcher((calls) => runResilientBatch(calls, (batch) => this.settleBatch(batch)), {
      lanes: LANES,
      largestBatch: LARGEST_BATCH,
      waitingCalls: database.waitingCalls,
    });
  }

  /** Entries that are not written yet. */
  get size(): number {
    return this.backlog;
  }

  /** @throws DomainError `unavailable` when the backlog is at its bound */
  refuseWhenFull(): void {
    if (this.backlog >= LARGEST_BACKLOG) throw unavailable('Usage cannot be recorded right now. Please try again.');
  }

  /** Resolves when the settlement is durable, however long that takes. */
  settle(call: EndedCall): Promise<void> {
    return this.untilWritten(async () => {
      const result = await this.batcher.submit(call);
      if (result instanceof Error) throw result;
    });
  }

  /** Makes sure, in the background, that an admission of unknown outcome never takes effect. */
  voidAdmission(userId: number, requestId: string): void {
    void this.untilWritten(async () => {
      await this.database.query(VOID, [[userId], [requestId]]);
    });
  }

  /** A graceful exit waits for what is owed. */
  async beforeApplicationShutdown(): Promise<void> {
    const deadline = performance.now() + DRAIN_WITHIN_MS;
    while (this.backlog > 0 && performance.now() < deadline) await sleep(20);
    if (this.backlog > 0) {
      this.logger.error(`exiting with ${this.backlog} settlements unwritten: their holds will be billed as orphans`);
    }
  }

  private async untilWritten(write: () => Promise<void>): Promise<void> {
    this.backlog += 1;
    try {
      for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(LONGEST_RETRY_MS, delayMs * 2)) {
        try {
          await write();
          this.reportTrouble(undefined);
          return;
        } catch (error) {
          this.reportTrouble(error);
          await sleep(delayMs);
        }
      }
    } finally {
      this.backlog -= 1;
    }
  }

  private async settleBatch(calls: EndedCall[]): Promise<true[]> {
    await this.alertOperator(calls.filter(({ settlement }) => settlement.usageRefused));
    try {
      await this.database.query(SETTLE_WITH_CONTENT, [...settleParameters(calls), ...contentParameters(calls)]);
    } catch (error) {
      // In an outage the bill waits and the content with it; of several calls, the one at fault is found first.
      const isContended = isSerializationFailure(error) || isLockTimeout(error);
      if (error instanceof DomainError || isContended || calls.length > 1) throw error;
      await this.settleWithoutContent(calls, error);
    }
    return calls.map(() => true);
  }

  /** Content that cannot be stored must not keep a call from being billed. */
  private async settleWithoutContent(calls: EndedCall[], error: unknown): Promise<void> {
    await this.database.query(SETTLE, settleParameters(calls));
    this.logger.warn({ err: error, calls: calls.length }, 'request content could not be stored');
  }

  /** Before the bill, so that no refused usage is billed in silence; what failed in between counts once more. */
  private async alertOperator(calls: EndedCall[]): Promise<void> {
    if (calls.length === 0) return;
    try {
      await this.database.query(ALERT_REFUSED_USAGE, alertParameters(calls));
    } catch (error) {
      if (error instanceof DomainError) throw error;
      this.logger.error({ err: error, calls: calls.length }, 'an alert of refused usages could not be written');
    }
  }

  private reportTrouble(error: unknown): void {
    const troubled = error !== undefined;
    if (troubled === this.troubled) return;
    this.troubled = troubled;
    if (troubled) this.logger.error({ err: error, backlog: this.backlog }, 'settlements are waiting for the database');
    else this.logger.log(`settlements are written again, ${this.backlog} left`);
  }
}
