import { Inject, Injectable } from '@nestjs/common';
import { unavailable } from '../../../common/errors/errors.js';
import type { Hold, Settlement } from '../admission/admission.types.js';
import { SettlementQueue } from './settlement-queue.js';

/** How long a client waits for its bill to be written. The writing itself goes on. */
const ANSWER_WITHIN_MS = 2_000;

/** Bills an ended call: one ledger row, the counters, the hold gone and the outbox row, in one statement. */
@Injectable()
export class SettlementService {
  constructor(@Inject(SettlementQueue) private readonly queue: SettlementQueue) {}

  /**
   * Idempotent by request id.
   * @returns when the settlement is durable
   * @throws DomainError `unavailable` when that takes too long; it is still written later
   */
  settle(hold: Hold, settlement: Settlement): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(unavailable('The call was made, but its usage cannot be recorded right now.')),
        ANSWER_WITHIN_MS,
      );
      void this.queue.settle({ hold, settlement }).then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
