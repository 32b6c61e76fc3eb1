import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

const LARGEST_PAGE = 1000;
const LARGEST_OFFSET = 2_147_483_647;

export class UsageLogsQuery {
  /** Most entries to answer with, 1 to 1000. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_PAGE)
  limit: number = 50;

  /** Entries to pass over. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(LARGEST_OFFSET)
  offset: number = 0;
}
