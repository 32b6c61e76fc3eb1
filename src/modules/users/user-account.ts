import type { Actor } from '../../common/actor.js';
import type { GoogleIdentity } from './google-identity.js';

export type UserRole = 'user' | 'admin';

/** How an account came to be. It decides the limits that the account starts with. */
export type UserOrigin = 'self' | 'admin' | 'google' | 'bootstrap';

/** An account as other modules see it: everything except its password. */
export interface UserAccount {
  readonly id: number;
  readonly publicId: string;
  readonly username: string | null;
  readonly email: string;
  readonly name: string | null;
  readonly pictureUrl: string | null;
  readonly role: UserRole;
  readonly origin: UserOrigin;
  readonly isActive: boolean;
  readonly isBlocked: boolean;
  readonly blockedReason: string | null;
  readonly blockedAt: Date | null;
  readonly caseId: string | null;
  readonly sessionEpoch: number;
  readonly lastActiveAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What it takes to open an account. Limits that are left out follow from the origin; null means unlimited. */
export interface NewUser {
  readonly email: string;
  readonly username?: string;
  readonly name?: string;
  readonly passwordHash?: string;
  /** With it the account is a Google login, whose e-mail address Google has verified. */
  readonly google?: GoogleIdentity;
  readonly role?: UserRole;
  readonly origin: UserOrigin;
  readonly limits?: LimitOverrides;
  /** Who opens it. */
  readonly actor: Actor;
}

export interface LimitOverrides {
  readonly requestsPerHour?: number | null;
  readonly tokensPerDay?: number | null;
  readonly tokensPerMonth?: number | null;
}
