import { IsInt, Length, Max, Min } from 'class-validator';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

export class CreateApiKeyDto {
  /** What the key is for. */
  @IsPlainText()
  @Length(1, 255)
  name: string;

  /** Requests that the key may make in a minute; the gateway's default when left out. */
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(1000)
  rate_limit_per_minute?: number;
}
