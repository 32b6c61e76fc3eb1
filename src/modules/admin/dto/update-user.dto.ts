import { IsBoolean, Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';
import { IsRequestLimit, IsTokenLimit } from './is-count-limit.decorator.js';
import { OwnerProtectionDto } from './owner-protection.dto.js';

/** What is left out stays as it is; null takes a limit away. A changed limit never changes what was spent. */
@IgnoresUnknownFields()
export class UpdateUserDto extends OwnerProtectionDto {
  @IfGiven()
  @IsPlainText()
  @Length(1, 255)
  name?: string;

  /** Tokens a day. */
  @IsTokenLimit()
  daily_quota?: number | null;

  /** Tokens a month. */
  @IsTokenLimit()
  monthly_quota?: number | null;

  /** Tokens for life, used ones included. */
  @IsTokenLimit()
  token_balance?: number | null;

  /** Of all calls together, beside what keys and tasks have. */
  @IsRequestLimit()
  requests_per_minute?: number | null;

  @IsRequestLimit()
  requests_per_hour?: number | null;

  /** False closes the account: no key works, every session ends. */
  @IfGiven()
  @IsBoolean()
  is_active?: boolean;
}
