import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { DataSource } from 'typeorm';
import { HotDatabase } from '../../../database/hot-database.js';
import { BoundedCache } from '../../users/principals/bounded-cache.js';
import type { CountedAttempt } from './counted-attempts.js';

/* One more than the limit stands for "refused": refusals are not counted beyond it and do not prolong the window. */
const COUNT = {
  name: 'count-attempt',
  text: `INSERT INTO attempt_counters AS c (key, ends_at, attempts)
         VALUES ($1, clock_timestamp() + make_interval(secs => $2 / 1000.0), 1)
         ON CONFLICT (key) DO UPDATE
            SET attempts = CASE WHEN c.ends_at <= clock_timestamp() THEN 1 ELSE least(c.attempts, $3) + 1 END,
                ends_at = CASE WHEN c.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE c.ends_at END
         RETURNING attempts, greatest(1, ceil(extract(epoch FROM ends_at - clock_timestamp())))::int AS seconds_left`,
};

const GIVE_BACK = {
  name: 'give-attempt-back',
  text: `UPDATE attempt_counters SET attempts = greatest(least(attempts, $2) - 1, 0)
          WHERE key = $1 AND ends_at > clock_timestamp()`,
};

const REMEMBERED_REFUSALS = 10_000;
/** So short that a count given back is noticed, so long that a flood costs the database one statement a second. */
const REFUSAL_MEMORY_MS = 1_000;
const REMOVED_AT_ONCE = 10_000;

interface CountRow {
  attempts: number;
  seconds_left: number;
}

type Count = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Counts attempts in Postgres, so that all replicas count together. Without the database nothing passes: 503. */
@Injectable()
export class AttemptCounters implements ThrottlerStorage {
  private readonly logger = new Logger(AttemptCounters.name);
  private readonly refusals = new BoundedCache<Count>(REMEMBERED_REFUSALS, REFUSAL_MEMORY_MS);

  constructor(
    private readonly database: HotDatabase,
    private readonly dataSource: DataSource,
  ) {}

  /**
   * Adds one attempt.
   * @param key SHA-256 in hex
   * @param ttl length of the window in milliseconds
   */
  async increment(key: string, ttl: number, limit: number): Promise<Count> {
    const refusal = this.refusals.get(key);
    if (refusal !== undefined) {
      return refusal;
    }
    const [row] = await this.database.query<CountRow>(COUNT, [Buffer.from(key, 'hex'), ttl, limit]);
    if (row === undefined) {
      throw new Error('an attempt was not counted');
    }
    const count = {
      totalHits: row.attempts,
      timeToExpire: row.seconds_left,
      isBlocked: row.attempts > limit,
      timeToBlockExpire: row.seconds_left,
    };
    if (count.isBlocked) {
      this.refusals.set(key, count);
    }
    return count;
  }

  /** Takes attempts off their counts again. That they could not be is not worth failing a request that succeeded. */
  async giveBack(attempts: readonly CountedAttempt[]): Promise<void> {
    try {
      for (const { key, limit } of attempts) {
        await this.database.query(GIVE_BACK, [Buffer.from(key, 'hex'), limit]);
      }
    } catch (error) {
      this.logger.debug({ err: error }, 'attempts could not be given back; their window ends soon');
    }
  }

  @Cron(CronExpression.EVERY_MINUTE)
  async removeClosedWindows(): Promise<void> {
    try {
      await this.dataSource.query(
        `DELETE FROM attempt_counters
          WHERE key IN (SELECT key FROM attempt_counters WHERE ends_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED)
            AND ends_at < now()`,
        [REMOVED_AT_ONCE],
      );
    } catch (error) {
      this.logger.warn({ err: error }, 'closed windows of attempts stay until the next minute');
    }
  }
}
