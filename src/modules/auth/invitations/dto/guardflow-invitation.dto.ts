import type { Invitation } from '../invitation.js';

export class GuardflowInvitationDto {
  /** UUID. */
  id: string;
  /** The only address that it is good for; null for any. */
  email: string | null;
  company_name: string;
  role_name: string;
  inviter_name: string | null;
  expires_at: Date;
  /** False once it was accepted or withdrawn, or has expired. */
  is_valid: boolean;

  static of(invitation: Invitation): GuardflowInvitationDto {
    return {
      id: invitation.id,
      email: invitation.email,
      company_name: 'Gatehouse',
      role_name: 'user',
      inviter_name: invitation.createdByName,
      expires_at: invitation.expiresAt,
      is_valid: invitation.status === 'pending',
    };
  }
}
