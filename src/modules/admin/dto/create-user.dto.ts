import { Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsEmailAddress } from '../../users/validation/is-email-address.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';
import { IsRequestLimit, IsTokenLimit } from './is-count-limit.decorator.js';
import { OwnerProtectionDto } from './owner-protection.dto.js';

/** A limit that is left out is the gateway's default; null is no limit. */
@IgnoresUnknownFields()
export class CreateUserDto extends OwnerProtectionDto {
  @IsEmailAddress()
  email: string;

  @IsPlainText()
  @Length(1, 255)
  name: string;

  /** Tokens a day. The gateway's default when left out; null for no limit. */
  @IsTokenLimit()
  daily_quota?: number | null;

  /** Tokens a month. The gateway's default when left out; null for no limit. */
  @IsTokenLimit()
  monthly_quota?: number | null;

  /** Of all calls together, whichever key makes them. None when left out or null. */
  @IsRequestLimit()
  requests_per_minute?: number | null;

  /** The gateway's default when left out; null for no limit. */
  @IsRequestLimit()
  requests_per_hour?: number | null;
}
