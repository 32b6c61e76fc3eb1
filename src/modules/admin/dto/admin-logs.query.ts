import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MAX_INT = 2_147_483_647;

export class AdminLogsQuery {
  /** Integer id of the account; every account when left out. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_INT)
  user_id?: number;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 100;

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(MAX_INT)
  skip: number = 0;
}
