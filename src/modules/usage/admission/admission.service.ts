import { Inject, Injectable } from '@nestjs/common';
import { unavailable } from '../../../common/errors/errors.js';
import { DomainError } from '../../../common/errors/domain-error.js';
import { Config } from '../../../config/config.js';
import { HotDatabase } from '../../../database/hot-database.js';
import { MicroBatcher } from '../../../database/micro-batcher.js';
import { runResilientBatch } from '../../../database/resilient-batch.js';
import { RefusalRecorder } from '../alerts/refusal-recorder.service.js';
import { SettlementQueue } from '../settlement/settlement-queue.js';
import { ADMIT, admitParameters } from './admit.statement.js';
import type { AdmissionRow } from './admit.statement.js';
import type { AdmissionRequest, Hold } from './admission.types.js';
import { refusalOf } from './refusal.js';
import { holdOf } from './hold.js';

/** From the client's call to the answer, whatever the database does. */
const ANSWER_WITHIN_MS = 1_900;
const LANES = 2;
const LARGEST_BATCH = 256;

/** Admits calls against the account's limits: check and take in one statement, all or nothing. */
@Injectable()
export class AdmissionService {
  private readonly batcher: MicroBatcher<AdmissionRequest, AdmissionRow | Error>;

  constructor(
    @Inject(HotDatabase) private readonly database: HotDatabase,
    @Inject(SettlementQueue) private readonly settlements: SettlementQueue,
    @Inject(Config) private readonly config: Config,
    @Inject(RefusalRecorder) private readonly refusals: RefusalRecorder,
  ) {
    this.batcher = new MicroBatcher((requests) => runResilientBatch(requests, (batch) => this.admitBatch(batch)), {
      lanes: LANES,
      largestBatch: LARGEST_BATCH,
      waitingCalls: database.waitingCalls,
    });
  }

  /**
   * Reserves the call's tokens and money, and writes its hold.
   * @throws DomainError `quota_exceeded`, `rate_limited`, `forbidden` or `unauthenticated` when a limit or the account's
   *   state refuses it; `unavailable` when that could not be found out in time. In each case nothing stays reserved.
   */
  async admit(request: AdmissionRequest): Promise<Hold> {
    this.settlements.refuseWhenFull();
    const row = await this.answerInTime(request);
    if (row instanceof Error) throw this.abandoned(request, row);
    if (row.outcome !== 'admitted') {
      this.refusals.note(request, row);
      throw refusalOf(request, row);
    }
    return holdOf(request, row);
  }

  private answerInTime(request: AdmissionRequest): Promise<AdmissionRow | Error> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // Not sent yet: certainly not admitted. Sent: the caller makes sure that it never takes effect.
        const known = this.batcher.withdraw(request);
        resolve(unavailable(OVERLOADED, { cause: known ? WITHDRAWN : undefined }));
      }, ANSWER_WITHIN_MS);
      this.batcher.submit(request).then(
        (row) => {
          clearTimeout(timer);
          resolve(row);
        },
        (error: unknown) => {
          clearTimeout(timer);
          resolve(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** Whether the call was admitted is not known, so the request id is made void before anyone can be billed for it. */
  private abandoned(request: AdmissionRequest, error: Error): DomainError {
    if (error.cause !== WITHDRAWN) this.settlements.voidAdmission(request.userId, request.requestId);
    return error instanceof DomainError ? error : unavailable(OVERLOADED, { cause: error });
  }

  private async admitBatch(requests: AdmissionRequest[]): Promise<AdmissionRow[]> {
    const { defaultRequestsPerMinute, holdLeaseSeconds } = this.config.limits;
    const rows = await this.database.query<AdmissionRow>(
      ADMIT,
      admitParameters(requests, defaultRequestsPerMinute, holdLeaseSeconds),
    );
    const inOrder = new Array<AdmissionRow>(requests.length);
    for (const row of rows) inOrder[row.item - 1] = row;
    return inOrder;
  }
}

const OVERLOADED = 'The quota cannot be checked right now. Please try again.';
const WITHDRAWN = new Error('the admission was never sent to the database');
