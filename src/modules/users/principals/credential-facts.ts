import type { KeyRights } from '../../../common/principal.js';
import type { UserRole } from '../user-account.js';

/** What decides whether an account may come in, as the database last said. */
export interface AccountStanding {
  readonly userId: number;
  readonly userPublicId: string;
  readonly email: string;
  readonly role: UserRole;
  readonly isActive: boolean;
  readonly isBlocked: boolean;
  readonly blockedReason: string | null;
  readonly caseId: string | null;
  readonly isDeleted: boolean;
  readonly sessionEpoch: number;
}

export interface KeyStanding extends KeyRights {
  readonly id: number;
  readonly isActive: boolean;
  readonly isRevoked: boolean;
  readonly expiresAt: Date | null;
  /** When this secret of the key ends: set for the one before the last rotation. */
  readonly secretExpiresAt: Date | null;
}

/** Everything known about one credential. A key has `key`; a login has `sessionOpen`. */
export interface CredentialFacts {
  readonly account: AccountStanding;
  readonly key: KeyStanding | null;
  readonly sessionOpen: boolean;
}
