import { IsBoolean, IsInt, IsOptional, Length, Max, Min } from 'class-validator';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

const MOST_TOKENS = Number.MAX_SAFE_INTEGER;
const MOST_REQUESTS = 2_147_483_647;

/** What is left out stays as it is; null takes a limit away. A changed limit never changes what was spent. */
export class UpdateUserDto {
  @IfGiven()
  @IsPlainText()
  @Length(1, 255)
  name?: string;

  /** Tokens a day. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_TOKENS)
  daily_quota?: number | null;

  /** Tokens a month. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_TOKENS)
  monthly_quota?: number | null;

  /** Tokens for life, used ones included. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_TOKENS)
  token_balance?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_REQUESTS)
  requests_per_hour?: number | null;

  /** False closes the account: no key works, every session ends. */
  @IfGiven()
  @IsBoolean()
  is_active?: boolean;
}
