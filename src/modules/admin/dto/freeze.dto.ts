import { IsOptional, Length } from 'class-validator';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

export class FreezeDto {
  /** Kept for the administrators; callers are not told. */
  @IsOptional()
  @IsPlainText()
  @Length(1, 500)
  reason?: string;
}
