import type { KeyPrefix } from './api-key-format.js';

/** A key as its owner may see it again: everything except the key. */
export interface ApiKeyRecord {
  readonly id: number;
  readonly publicId: string;
  readonly userId: number;
  readonly name: string;
  /** The first eight characters. */
  readonly prefix: string;
  /** Null: the default of the configuration. */
  readonly requestsPerMinute: number | null;
  /** False once revoked, and while its owner has switched it off. */
  readonly isActive: boolean;
  readonly isDefault: boolean;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
}

export interface NewApiKey {
  readonly userId: number;
  readonly prefix: KeyPrefix;
  readonly name: string;
  readonly requestsPerMinute?: number;
  readonly isDefault?: boolean;
}

/** The only moment at which the key itself exists outside its owner's hands. */
export interface IssuedApiKey {
  readonly record: ApiKeyRecord;
  readonly key: string;
}
