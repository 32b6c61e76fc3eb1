import { IsIn, IsOptional } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';
import { LEVELS } from '../../misuse/behaviour/policy.js';
import type { Level } from '../../misuse/behaviour/policy.js';

export class StandingsQuery extends PageQuery {
  @IsOptional()
  @IsIn(LEVELS)
  level?: Level;
}
