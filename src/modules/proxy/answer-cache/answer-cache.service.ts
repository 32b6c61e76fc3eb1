import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Config } from '../../../config/config.js';
import { HotDatabase } from '../../../database/hot-database.js';
import type { MeteredCall } from '../metering/metered-call.js';
import type { ModelTarget } from '../models/model.js';
import type { UpstreamCall } from '../providers/provider.js';
import { PURGE_ANSWERS } from './answer-cache.statements.js';
import { CacheSlot } from './cache-slot.js';
import { isCacheable } from './cacheable.js';

/** What one target of a call would be sent. */
export interface PreparedTarget {
  readonly target: ModelTarget;
  readonly upstreamCall: UpstreamCall;
}

/** Keeps answers for the accounts whose keys want that, each account's for itself. */
@Injectable()
export class AnswerCacheService {
  private readonly logger = new Logger(AnswerCacheService.name);

  constructor(
    @Inject(HotDatabase) private readonly database: HotDatabase,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Config) private readonly config: Config,
  ) {}

  /** The share of a kept answer's tokens that is billed, in percent. */
  get billedPercent(): number {
    return this.config.answerCache.billedPercent;
  }

  /** The place of a call's question; null when it must not be answered from a cache. */
  slotFor({ hold, requestId }: MeteredCall, prepared: readonly PreparedTarget[]): CacheSlot | null {
    if (prepared.length === 0 || !prepared.every(({ upstreamCall }) => isCacheable(upstreamCall))) return null;
    const { ttlSeconds, mostBytesPerUser } = this.config.answerCache;
    return new CacheSlot(this.database, {
      userId: hold.request.userId,
      hash: hashOf(prepared),
      requestId,
      ttlSeconds,
      mostBytes: mostBytesPerUser,
    });
  }

  @Cron(CronExpression.EVERY_10_MINUTES)
  async purge(): Promise<void> {
    try {
      await this.dataSource.query(PURGE_ANSWERS);
    } catch (error) {
      // An expired answer is not given any more, and the next time tries again.
      this.logger.warn({ err: error }, 'expired answers could not be removed from the cache');
    }
  }
}

/** The same for the same bytes to the same targets, in whatever order these are asked. */
function hashOf(prepared: readonly PreparedTarget[]): Buffer {
  const digests = prepared.map(({ target, upstreamCall }) => {
    const { format, stream, headers = {}, body } = upstreamCall;
    const terms = JSON.stringify([target.provider, target.upstreamModel, format, stream, headers]);
    return createHash('sha256').update(`${terms}\n`).update(body).digest('hex');
  });
  return createHash('sha256').update(digests.sort().join()).digest();
}
