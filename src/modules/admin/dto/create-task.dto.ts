import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';
import { IsProse } from './is-prose.decorator.js';

@IgnoresUnknownFields()
export class CreateTaskDto {
  @IsPlainText()
  @Length(1, 255)
  title: string;

  @IfGiven()
  @IsProse()
  @MaxLength(10_000)
  description?: string;

  @IfGiven()
  @IsPlainText()
  @Length(1, 100)
  category?: string;

  @IfGiven()
  @IsPlainText()
  @Length(1, 100)
  difficulty_level?: string;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100_000)
  estimated_hours?: number | null;

  /** Tokens that one account may use under the task, ever. Null or left out: no limit. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  token_limit?: number | null;

  /** Null or left out: no limit. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  max_tokens_per_request?: number | null;

  /**
   * Intents that belong to the task: coding, testing, documentation, research, off_topic. Empty or left out: all of them.
   * Other words are kept, allow nothing, and are told of in `warnings`.
   */
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(/^[a-z][a-z0-9_]{0,99}$/, { each: true })
  allowed_intents?: string[];

  @IfGiven()
  @IsProse()
  @MaxLength(10_000)
  task_scope?: string;

  @IfGiven()
  @IsBoolean()
  is_active?: boolean;
}
