import { IsInt, IsOptional, Max, MaxLength, Min } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsProse } from './is-prose.decorator.js';

const LARGEST_ID = 2_147_483_647;

@IgnoresUnknownFields()
export class CreateTaskAssignmentDto {
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id: number;

  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  task_id: number;

  @IsOptional()
  @IsProse()
  @MaxLength(10_000)
  progress_notes?: string | null;
}
