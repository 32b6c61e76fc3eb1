import { IsInt, IsOptional, Length, Max, Min } from 'class-validator';
import { IsEmailAddress } from '../../users/validation/is-email-address.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

const MOST_TOKENS = Number.MAX_SAFE_INTEGER;
const MOST_REQUESTS = 2_147_483_647;

export class CreateUserDto {
  @IsEmailAddress()
  email: string;

  @IsPlainText()
  @Length(1, 255)
  name: string;

  /** Tokens a day. The gateway's default when left out; null for no limit. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_TOKENS)
  daily_quota?: number | null;

  /** Tokens a month. The gateway's default when left out; null for no limit. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_TOKENS)
  monthly_quota?: number | null;

  /** The gateway's default when left out; null for no limit. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_REQUESTS)
  requests_per_hour?: number | null;
}
