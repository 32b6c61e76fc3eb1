import { Type } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { DaysQuery } from '../../../common/http/days.query.js';
import { TOP_RANKINGS, TOP_SUBJECTS } from '../../usage/statistics/installation-statistics.service.js';
import type { TopRanking, TopSubject } from '../../usage/statistics/installation-statistics.service.js';

const MOST_ENTRIES = 100;

export class TopQuery extends DaysQuery {
  /** What to rank: user, key, model or task. */
  @IsIn(TOP_SUBJECTS)
  of: TopSubject = 'user';

  /** What to rank by: cost, tokens or requests. */
  @IsIn(TOP_RANKINGS)
  by: TopRanking = 'cost';

  /** 1 to 100. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MOST_ENTRIES)
  limit: number = 10;
}
