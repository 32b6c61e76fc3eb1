export class InvitationDetailsDto {
  /** The only address that it is good for; null for any. */
  email: string | null;
  expires_at: Date;
}
