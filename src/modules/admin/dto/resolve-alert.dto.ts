import { IsIn, IsOptional, MaxLength } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsProse } from './is-prose.decorator.js';

@IgnoresUnknownFields()
export class ResolveAlertDto {
  @IsOptional()
  @IsProse()
  @MaxLength(5_000)
  resolution_notes?: string | null;

  /** `resolved` when left out. */
  @IfGiven()
  @IsIn(['reviewed', 'resolved', 'false_positive'])
  status?: 'reviewed' | 'resolved' | 'false_positive';
}
