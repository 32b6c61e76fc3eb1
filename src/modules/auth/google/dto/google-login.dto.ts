import { IsString, Length, ValidateIf } from 'class-validator';
import { IgnoresUnknownFields } from '../../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../../users/validation/if-given.decorator.js';
import { IsInvitationToken } from '../../dto/is-invitation-token.decorator.js';

@IgnoresUnknownFields()
export class GoogleLoginDto {
  /** An access token of Google's, issued to this server's client, with the scopes `openid email profile`. */
  @ValidateIf(({ access_token, id_token }: GoogleLoginDto) => access_token !== undefined || id_token === undefined)
  @IsString()
  @Length(1, 4096)
  access_token?: string;

  /** An ID token of Google's, instead. */
  @IfGiven()
  @IsString()
  @Length(1, 8192)
  id_token?: string;

  /** For a new account where registration is by invitation. */
  @IsInvitationToken()
  invitation?: string;
}
