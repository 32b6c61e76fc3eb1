import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

const LARGEST_PAGE = 1000;
const LARGEST_OFFSET = 2_147_483_647;
const LONGEST_CURSOR = 200;

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

  /** The `x-next-cursor` header of the page before. Cheaper than `offset`, and calls that come in meanwhile move nothing. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_CURSOR)
  cursor?: string;
}
