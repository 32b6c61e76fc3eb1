import { IsInt, Max, Min } from 'class-validator';
import { IgnoresUnknownFields } from '../../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../../users/validation/if-given.decorator.js';
import { IsEmailAddress } from '../../../users/validation/is-email-address.decorator.js';
import { LONGEST_INVITATION_DAYS } from '../invitation.js';

@IgnoresUnknownFields()
export class CreateInvitationDto {
  /** The only address that the invitation is good for; any when left out. */
  @IfGiven()
  @IsEmailAddress()
  email?: string;

  /** 1 to 90; 7 when left out. */
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(LONGEST_INVITATION_DAYS)
  expires_in_days?: number;
}
