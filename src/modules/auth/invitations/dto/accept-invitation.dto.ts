import { Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../../users/validation/if-given.decorator.js';
import { IsEmailAddress } from '../../../users/validation/is-email-address.decorator.js';
import { IsPlainText } from '../../../users/validation/is-plain-text.decorator.js';
import { IsNewPassword } from '../../dto/is-new-password.decorator.js';
import { IsUsername } from '../../dto/is-username.decorator.js';

@IgnoresUnknownFields()
export class AcceptInvitationDto {
  /** 8 to 128 characters. */
  @IsNewPassword()
  password: string;

  /** Needed when the invitation names no address. */
  @IfGiven()
  @IsEmailAddress()
  email?: string;

  /** As at the registration. */
  @IfGiven()
  @IsUsername()
  username?: string;

  @IfGiven()
  @IsPlainText()
  @Length(1, 255)
  name?: string;
}
