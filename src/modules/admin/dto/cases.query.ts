import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';
import { CASE_STATES } from '../../misuse/cases/case.js';
import type { CaseState } from '../../misuse/cases/case.js';

const LARGEST_ID = 2_147_483_647;

export class CasesQuery extends PageQuery {
  @IsOptional()
  @IsIn(CASE_STATES)
  state?: CaseState;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id?: number;
}
