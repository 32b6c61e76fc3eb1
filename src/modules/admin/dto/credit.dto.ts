import { IsIn, IsInt, Length, Max, Min, NotEquals } from 'class-validator';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

const MOST_TOKENS = 1_000_000_000_000;
// By name: the OpenAPI plugin leaves out a field whose decorators hold an expression.
const LEAST_TOKENS = -MOST_TOKENS;

export class CreditDto {
  @IsIn(['top_up', 'grant', 'correction'])
  kind: 'top_up' | 'grant' | 'correction';

  /** Tokens for life to add, not 0. Only a correction may be negative. */
  @IsInt()
  @NotEquals(0, { message: 'tokens must not be 0' })
  @Min(LEAST_TOKENS)
  @Max(MOST_TOKENS)
  tokens: number;

  /** Why; kept with the entry. */
  @IsPlainText()
  @Length(1, 500)
  reason: string;
}
