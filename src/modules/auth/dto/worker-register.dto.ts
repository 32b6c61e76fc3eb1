import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsEmailAddress } from '../../users/validation/is-email-address.decorator.js';
import { IsInvitationToken } from './is-invitation-token.decorator.js';
import { IsNewPassword } from './is-new-password.decorator.js';

@IgnoresUnknownFields()
export class WorkerRegisterDto {
  @IsEmailAddress()
  email: string;

  /** 8 to 128 characters. */
  @IsNewPassword()
  password: string;

  /** Where registration is by invitation. */
  @IsInvitationToken()
  invitation?: string;
}
