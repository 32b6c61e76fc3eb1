import { IsIn, IsOptional, MaxLength } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { ASSIGNMENT_STATUSES } from '../../tasks/task.js';
import type { AssignmentStatus } from '../../tasks/task.js';
import { IsProse } from './is-prose.decorator.js';

@IgnoresUnknownFields()
export class UpdateTaskAssignmentDto {
  @IfGiven()
  @IsIn(ASSIGNMENT_STATUSES)
  status?: AssignmentStatus;

  /** Null removes the notes. */
  @IsOptional()
  @IsProse()
  @MaxLength(10_000)
  progress_notes?: string | null;
}
