import { Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../../users/validation/if-given.decorator.js';
import { IsEmailAddress } from '../../../users/validation/is-email-address.decorator.js';
import { IsPlainText } from '../../../users/validation/is-plain-text.decorator.js';
import { IsNewPassword } from '../../dto/is-new-password.decorator.js';

@IgnoresUnknownFields()
export class AcceptGuardflowInvitationDto {
  @IsPlainText()
  @Length(1, 255)
  name: string;

  /** 8 to 128 characters. */
  @IsNewPassword()
  password: string;

  /** Needed when the invitation names no address. */
  @IfGiven()
  @IsEmailAddress()
  email?: string;
}
