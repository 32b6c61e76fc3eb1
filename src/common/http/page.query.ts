import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

const LARGEST_SKIP = 2_147_483_647;
const LARGEST_PAGE = 1000;

/** Paging of the lists. */
export class PageQuery {
  /** Most entries to answer with, 1 to 1000. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_PAGE)
  limit: number = 100;

  /** Entries to pass over. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(LARGEST_SKIP)
  skip: number = 0;
}
