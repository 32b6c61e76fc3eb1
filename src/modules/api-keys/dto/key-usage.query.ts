import { Type } from 'class-transformer';
import { IsDate, IsOptional } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';

export class KeyUsageQuery extends PageQuery {
  /** Only calls from this time on. */
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  since?: Date;
}
