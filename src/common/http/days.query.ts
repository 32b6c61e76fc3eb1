import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

const LONGEST_DAYS = 365;

/** How far back statistics go: UTC days, today included. */
export class DaysQuery {
  /** 1 to 365. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LONGEST_DAYS)
  days: number = 30;
}
