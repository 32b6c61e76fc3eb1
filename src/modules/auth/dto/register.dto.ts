import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsEmailAddress } from '../../users/validation/is-email-address.decorator.js';
import { IsInvitationToken } from './is-invitation-token.decorator.js';
import { IsNewPassword } from './is-new-password.decorator.js';
import { IsUsername } from './is-username.decorator.js';

@IgnoresUnknownFields()
export class RegisterDto {
  /** Letters and digits, and between them spaces and . _ + - as well. Capitals make no difference. */
  @IsUsername()
  username: string;

  @IsEmailAddress()
  email: string;

  /** 8 to 128 characters. */
  @IsNewPassword()
  password: string;

  /** Where registration is by invitation. */
  @IsInvitationToken()
  invitation?: string;
}
