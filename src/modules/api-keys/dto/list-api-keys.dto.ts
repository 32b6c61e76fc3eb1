import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';

export class ListApiKeysDto extends PageQuery {
  /** Leaves out keys that are revoked or switched off. */
  @Transform(({ obj }: { obj: Record<string, unknown> }) => toBoolean(obj['active_only']))
  @IsBoolean()
  active_only: boolean = false;
}

function toBoolean(value: unknown): unknown {
  if (value === undefined || value === 'false' || value === '0') return false;
  return value === 'true' || value === '1' ? true : value;
}
