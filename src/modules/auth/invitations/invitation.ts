import { createHash, randomBytes } from 'node:crypto';

export const DEFAULT_INVITATION_DAYS = 7;
export const LONGEST_INVITATION_DAYS = 90;

const PREFIX = 'gi_';
const SECRET_BYTES = 32;

export type InvitationStatus = 'pending' | 'accepted' | 'expired' | 'revoked';

/** A right to open one account, as administrators see it. */
export interface Invitation {
  /** UUID. */
  readonly id: string;
  /** The only address that it is good for; null for any. */
  readonly email: string | null;
  readonly status: InvitationStatus;
  /** UUIDs of accounts. */
  readonly createdBy: string;
  readonly acceptedBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** The secret of an invitation: 256 random bits, recognisable in a leak by its prefix. */
export function generateInvitationToken(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

/** SHA-256, 32 bytes: all that is stored. */
export function hashInvitationToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
