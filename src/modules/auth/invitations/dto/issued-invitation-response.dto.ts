import { InvitationResponseDto } from './invitation-response.dto.js';

/** A new invitation. The last three fields are missing when its link went out by mail. */
export class IssuedInvitationResponseDto extends InvitationResponseDto {
  /** Shown now and never again. Good once: as `invitation` of a registration, or at `accept_path`. */
  token?: string;
  /** GET shows the invitation, POST with a password opens the account. */
  accept_path?: string;
  /** The same as an address to pass on. */
  link?: string;
}
