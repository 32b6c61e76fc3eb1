import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../../config/config.js';

const SCORES = `
  SELECT user_id AS "userId",
         round((deviation_score * power(2, -greatest(0, extract(epoch FROM now() - deviation_at)) * 1000 / $2))::numeric, 2)
           ::double precision AS score
    FROM misuse_states WHERE user_id = ANY($1::int[]) AND deviation_at IS NOT NULL`;

/** Reads the deviation score of accounts as it stands now, in points with two decimals. */
@Injectable()
export class DeviationScoreReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
  ) {}

  /** Null for an account that was never scored. */
  async of(userId: number): Promise<number | null> {
    return (await this.ofMany([userId])).get(userId) ?? null;
  }

  /** Accounts that were never scored are missing. */
  async ofMany(userIds: readonly number[]): Promise<Map<number, number>> {
    const rows = await this.dataSource.query<{ userId: number; score: number }[]>(SCORES, [
      userIds,
      this.config.misuse.deviationHalfLifeMs,
    ]);
    return new Map(rows.map(({ userId, score }) => [userId, score]));
  }
}
