import { IsBoolean, IsInt, Length, Max, Min } from 'class-validator';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

export class UpdateApiKeyDto {
  @IfGiven()
  @IsPlainText()
  @Length(1, 255)
  name?: string;

  /** False switches the key off until it is switched on again. */
  @IfGiven()
  @IsBoolean()
  is_active?: boolean;

  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(1000)
  rate_limit_per_minute?: number;
}
