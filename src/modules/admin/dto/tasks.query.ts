import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, MaxLength } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

export class TasksQuery extends PageQuery {
  @IsOptional()
  @IsPlainText()
  @MaxLength(100)
  category?: string;

  @IsOptional()
  @IsPlainText()
  @MaxLength(100)
  difficulty_level?: string;

  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  is_active?: boolean;

  /** Part of the title or description. */
  @IsOptional()
  @IsPlainText()
  @MaxLength(200)
  search?: string;
}
