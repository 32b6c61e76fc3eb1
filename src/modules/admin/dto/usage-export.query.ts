import { Type } from 'class-transformer';
import { IsDate, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsNotBefore } from '../../../common/http/is-not-before.decorator.js';
import { EXPORT_FORMATS } from '../../usage/export/ledger-export.service.js';
import type { ExportFormat } from '../../usage/export/ledger-export.service.js';

const LARGEST_ID = 2_147_483_647;

export class UsageExportQuery {
  /** csv or ndjson. */
  @IsIn(EXPORT_FORMATS)
  format: ExportFormat = 'csv';

  /** Calls admitted at this time or later; from the first one when left out. */
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  from?: Date;

  /** Calls admitted before this time; until now when left out. */
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  @IsNotBefore('from')
  to?: Date;

  /** Integer id of the account; every account when left out. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id?: number;
}
