import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';

export class ListApiKeysDto {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  skip: number = 0;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 100;

  /** Leaves out keys that are revoked or switched off. */
  @Transform(({ obj }: { obj: Record<string, unknown> }) => toBoolean(obj['active_only']))
  @IsBoolean()
  active_only: boolean = false;
}

function toBoolean(value: unknown): unknown {
  if (value === undefined || value === 'false' || value === '0') return false;
  return value === 'true' || value === '1' ? true : value;
}
