import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { AUDIT_ACTIONS } from '../../audit/audit-entry.js';
import type { AuditAction } from '../../audit/audit-entry.js';
import { IsMoment } from '../../users/validation/is-moment.decorator.js';

const LARGEST_ID = 2_147_483_647;
const LARGEST_PAGE = 1000;
const ACCOUNT_OR_UUID = /^(?:[1-9]\d{0,8}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/;

export class AuditQuery {
  /** Who did it: integer id of an account. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  actor?: number;

  /** Whom it concerned: the integer id of an account, whose keys are included, or the UUID of a key or an invitation. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @Matches(ACCOUNT_OR_UUID, { message: 'target must be the integer id of an account, or a UUID' })
  target?: string;

  @IsOptional()
  @IsIn(AUDIT_ACTIONS)
  action?: AuditAction;

  /** Only entries from this moment on (ISO 8601). */
  @IsOptional()
  @IsMoment()
  from?: string;

  /** Only entries before this moment (ISO 8601). */
  @IsOptional()
  @IsMoment()
  to?: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_PAGE)
  limit: number = 100;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @Matches(/^[1-9]\d{0,14}$/, { message: 'cursor must be the next_cursor of the page before' })
  cursor?: string;
}
