import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { DomainError } from '../../../common/errors/domain-error.js';
import { unprocessable } from '../../../common/errors/errors.js';
import { assertUsableKey } from '../../../common/http/idempotency-key.js';
import { Config } from '../../../config/config.js';
import { HotDatabase } from '../../../database/hot-database.js';
import { AnswerRecording } from './answer-recording.js';
import type { Claim } from './answer-recording.js';
import { CLAIM, PURGE_CLAIMS } from './idempotency.statements.js';
import type { ClaimRow } from './idempotency.statements.js';

/** A request that carries an idempotency key. */
export interface KeyedRequest {
  readonly userId: number;
  /** The header as it came. */
  readonly key: string;
  /** Route template: the same key on another route is another request. */
  readonly endpoint: string;
  readonly rawBody: Buffer;
  /** UUIDv7 of the call, should it come to one. */
  readonly requestId: string;
  /** The client has left: nobody waits for an answer any more. */
  isAbandoned(): boolean;
}

/** The answer of an earlier request with the same key. */
export interface KeptAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 400;
const RETRY_SECONDS = 2;

/** Answers a request with an idempotency key once, however often it comes within 24 hours. */
@Injectable()
export class IdempotencyService {
  private readonly logger = new Logger(IdempotencyService.name);

  constructor(
    @Inject(HotDatabase) private readonly database: HotDatabase,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Config) private readonly config: Config,
  ) {}

  /**
   * Waits for a duplicate in flight.
   * @returns the earlier answer, or the recording of the answer that the caller is now to give
   * @throws DomainError `too_early` when the first takes too long, `unprocessable` for another request under the same key
   */
  async begin(request: KeyedRequest): Promise<KeptAnswer | AnswerRecording> {
    const claim = claimOf(request);
    const deadline = performance.now() + this.config.limits.idempotencyWaitMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      const { outcome, content_type: contentType, body } = await this.claim(claim);
      if (outcome === 'claimed') return new AnswerRecording(this.database, claim);
      if (outcome === 'answered') return { contentType: contentType ?? '', body: body ?? Buffer.alloc(0) };
      if (outcome === 'other_request') throw otherRequest();
      if (outcome === 'not_kept') throw notKept();
      if (performance.now() > deadline || request.isAbandoned()) throw stillInFlight();
      await sleep(pauseMs);
    }
  }

  @Cron(CronExpression.EVERY_HOUR)
  async purge(): Promise<void> {
    try {
      await this.dataSource.query(PURGE_CLAIMS);
    } catch (error) {
      // An expired claim answers for nothing any more, and the next hour tries again.
      this.logger.warn({ err: error }, 'expired idempotency keys could not be removed');
    }
  }

  private async claim({ userId, keyHash, requestHash, requestId }: Claim): Promise<ClaimRow> {
    const [row] = await this.database.query<ClaimRow>(CLAIM, [userId, keyHash, requestHash, requestId]);
    return row;
  }
}

function claimOf({ userId, key, endpoint, rawBody, requestId }: KeyedRequest): Claim {
  assertUsableKey(key);
  return {
    userId,
    requestId,
    keyHash: createHash('sha256').update(key).digest(),
    requestHash: createHash('sha256').update(`${endpoint}\n`).update(rawBody).digest(),
  };
}

function otherRequest(): DomainError {
  return unprocessable('This Idempotency-Key was used for another request.', {
    code: 'idempotency_key_reused',
    param: 'Idempotency-Key',
    retryable: false,
    status: 422,
  });
}

function notKept(): DomainError {
  return unprocessable('The request with this Idempotency-Key was answered, but its answer was too large to be kept.', {
    code: 'idempotent_answer_not_kept',
    param: 'Idempotency-Key',
    retryable: false,
    status: 422,
  });
}

function stillInFlight(): DomainError {
  return new DomainError('too_early', 'The first request with this Idempotency-Key is still being answered.', {
    code: 'idempotent_request_in_flight',
    retryAfterSeconds: RETRY_SECONDS,
  });
}
