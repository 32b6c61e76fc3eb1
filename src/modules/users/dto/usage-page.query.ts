import { IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';

const LONGEST_CURSOR = 200;

export class UsagePageQuery extends PageQuery {
  override limit: number = 50;

  /** The `x-next-cursor` header of the page before. Cheaper than `skip`, and calls that come in meanwhile move nothing. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_CURSOR)
  cursor?: string;
}
