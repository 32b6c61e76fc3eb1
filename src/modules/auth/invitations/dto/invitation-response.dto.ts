import type { Invitation } from '../invitation.js';

export class InvitationResponseDto {
  /** UUID. */
  id: string;
  /** The only address that it is good for; null for any. */
  email: string | null;
  /** pending, accepted, expired or revoked. */
  status: string;
  /** UUID of the administrator. */
  created_by: string;
  created_at: Date;
  expires_at: Date;
  accepted_at: Date | null;
  /** UUID of the account that was opened with it. */
  accepted_by: string | null;

  static of(invitation: Invitation): InvitationResponseDto {
    return {
      id: invitation.id,
      email: invitation.email,
      status: invitation.status,
      created_by: invitation.createdBy,
      created_at: invitation.createdAt,
      expires_at: invitation.expiresAt,
      accepted_at: invitation.acceptedAt,
      accepted_by: invitation.acceptedBy,
    };
  }
}
