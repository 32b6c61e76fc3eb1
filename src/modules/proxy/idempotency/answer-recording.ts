import { Logger } from '@nestjs/common';
import type { HotDatabase } from '../../../database/hot-database.js';
import { GUARD_CLAIM, KEEP_ANSWER, RELEASE_CLAIM } from './idempotency.statements.js';

/** The claim of one request on its idempotency key. */
export interface Claim {
  readonly userId: number;
  readonly keyHash: Buffer;
  readonly requestHash: Buffer;
  /** UUIDv7 of the call that answers for the key. */
  readonly requestId: string;
}

const LARGEST_KEPT_BYTES = 1024 * 1024;
const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/** Keeps the answer of a call that holds a claim, so that duplicates of its request get the same bytes. Never rejects. */
export class AnswerRecording {
  private readonly logger = new Logger(AnswerRecording.name);
  private pieces: Buffer[] = [];
  private size = 0;
  private isAnswered = false;

  constructor(
    private readonly database: HotDatabase,
    private readonly claim: Claim,
  ) {}

  /** Takes in the next bytes of a stream, in order. */
  add(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size <= LARGEST_KEPT_BYTES) this.pieces.push(bytes);
    else this.pieces = [];
  }

  /** Before the settlement: the claim outlives the hold until the answer is kept. */
  finishing(): Promise<void> {
    return this.write(() => this.database.query(GUARD_CLAIM, this.ids()));
  }

  /** The stream is complete and billed. */
  keepStream(): Promise<void> {
    return this.keep(EVENT_STREAM);
  }

  /** The whole answer is billed. */
  keepJson(bytes: Buffer): Promise<void> {
    this.add(bytes);
    return this.keep(JSON_TYPE);
  }

  /** Frees the key when the call has not been answered: a duplicate may try for itself. */
  async releaseIfUnanswered(): Promise<void> {
    if (!this.isAnswered) await this.write(() => this.database.query(RELEASE_CLAIM, this.ids()));
  }

  /** An answer that is too large is remembered as given, without its bytes: it is not paid for twice. */
  private async keep(contentType: string): Promise<void> {
    this.isAnswered = true;
    const body = this.size <= LARGEST_KEPT_BYTES ? Buffer.concat(this.pieces, this.size) : null;
    await this.write(() => this.database.query(KEEP_ANSWER, [...this.ids(), contentType, body]));
  }

  private ids(): unknown[] {
    return [this.claim.userId, this.claim.keyHash, this.claim.requestId];
  }

  private async write(statement: () => Promise<unknown>): Promise<void> {
    try {
      await statement();
    } catch (error) {
      // The answer itself is good. Without its claim a later duplicate is a call of its own.
      this.logger.warn({ err: error, requestId: this.claim.requestId }, 'an idempotency claim could not be written');
    }
  }
}
