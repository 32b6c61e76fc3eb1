import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { HotDatabase } from '../../../database/hot-database.js';
import type { ModelTarget } from '../models/model.js';
import { CACHE_ANSWER, FIND_ANSWER } from './answer-cache.statements.js';
import type { CachedAnswerRow } from './answer-cache.statements.js';

/** What one account asks, and how long and how much is kept for it. */
export interface CachedQuestion {
  readonly userId: number;
  readonly hash: Buffer;
  readonly requestId: string;
  readonly ttlSeconds: number;
  readonly mostBytes: number;
}

const LARGEST_KEPT_BYTES = 1024 * 1024;

/** The place of one question in the cache. Never rejects: without the cache a call is as any other. */
export class CacheSlot {
  private readonly logger = new Logger(CacheSlot.name);
  private pieces: Buffer[] = [];
  private size = 0;
  private target: ModelTarget | undefined;

  constructor(
    private readonly database: HotDatabase,
    private readonly question: CachedQuestion,
  ) {}

  /** What the upstream once answered; undefined when nothing is kept. */
  async find(): Promise<CachedAnswerRow | undefined> {
    const { userId, hash } = this.question;
    return this.attempt(async () => (await this.database.query<CachedAnswerRow>(FIND_ANSWER, [userId, hash]))[0]);
  }

  /** Takes in the bytes that an upstream sends from now on, for `keep`. Forgets those of an attempt before. */
  record(body: Readable, target: ModelTarget): void {
    this.pieces = [];
    this.size = 0;
    this.target = target;
    body.on('data', (bytes: Buffer) => this.add(bytes));
  }

  /** The recorded answer is complete and billed. One that is too large is not kept. */
  async keep(): Promise<void> {
    const { target, size, pieces, question } = this;
    if (target === undefined || size > LARGEST_KEPT_BYTES) return;
    const { userId, hash, ttlSeconds, mostBytes } = question;
    const body = Buffer.concat(pieces, size);
    const values = [userId, hash, target.provider, target.upstreamModel, body, ttlSeconds, mostBytes];
    await this.attempt(() => this.database.query(CACHE_ANSWER, values));
  }

  private add(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size <= LARGEST_KEPT_BYTES) this.pieces.push(bytes);
    else this.pieces = [];
  }

  private async attempt<Result>(statement: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await statement();
    } catch (error) {
      this.logger.warn({ err: error, requestId: this.question.requestId }, 'the answer cache could not be used');
      return undefined;
    }
  }
}
