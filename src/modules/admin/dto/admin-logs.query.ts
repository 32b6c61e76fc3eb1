import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';

const LARGEST_ID = 2_147_483_647;

export class AdminLogsQuery extends PageQuery {
  /** Integer id of the account; every account when left out. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id?: number;
}
