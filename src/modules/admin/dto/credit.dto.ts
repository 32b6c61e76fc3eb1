import { IsIn, IsInt, Length, Max, Min } from 'class-validator';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

const MOST_TOKENS = 1_000_000_000_000;

export class CreditDto {
  @IsIn(['top_up', 'grant', 'correction'])
  kind: 'top_up' | 'grant' | 'correction';

  /** Tokens for life to add. Only a correction may be negative. */
  @IsInt()
  @Min(-MOST_TOKENS)
  @Max(MOST_TOKENS)
  tokens: number;

  /** Why; kept with the entry. */
  @IsPlainText()
  @Length(1, 500)
  reason: string;
}
