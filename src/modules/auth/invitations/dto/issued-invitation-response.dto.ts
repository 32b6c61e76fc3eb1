import { InvitationResponseDto } from './invitation-response.dto.js';

export class IssuedInvitationResponseDto extends InvitationResponseDto {
  /** Shown now and never again. Good once: as `invitation` of a registration, or at `accept_path`. */
  token: string;
  /** GET shows the invitation, POST with a password opens the account. */
  accept_path: string;
}
