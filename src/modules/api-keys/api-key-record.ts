import type { Actor } from '../../common/actor.js';
import type { KeyScope } from '../../common/key-scopes.js';
import type { KeyPrefix } from './api-key-format.js';

/** What a key may do, from where and for how long. Null is no restriction beyond those of its owner. */
export interface ApiKeyTerms {
  readonly scopes: KeyScope[] | null;
  /** Names, or beginnings followed by `*`. */
  readonly allowedModels: string[] | null;
  /** Addresses and networks (CIDR). */
  readonly ipAllowList: string[] | null;
  readonly expiresAt: Date | null;
  /** Null: the default of the configuration. */
  readonly requestsPerMinute: number | null;
  /** Tokens that the key may ever use. */
  readonly tokenBudget: number | null;
  /** What the key may ever cost. */
  readonly costBudgetNanoUsd: number | null;
}

/** A key as its owner may see it again: everything except the key. */
export interface ApiKeyRecord extends ApiKeyTerms {
  readonly id: number;
  readonly publicId: string;
  readonly userId: number;
  readonly name: string;
  /** The first eight characters. */
  readonly prefix: string;
  /** False once revoked, and while its owner has switched it off. */
  readonly isActive: boolean;
  readonly isDefault: boolean;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly rotatedAt: Date | null;
  /** Until when the secret before the last rotation works too; null when there is none. */
  readonly previousHashExpiresAt: Date | null;
  readonly createdAt: Date;
}

export interface NewApiKey extends Partial<ApiKeyTerms> {
  readonly userId: number;
  readonly prefix: KeyPrefix;
  readonly name: string;
  readonly isDefault?: boolean;
  /** Who makes it. */
  readonly actor: Actor;
}

/** What is left out stays as it is. */
export interface ApiKeyChanges extends Partial<ApiKeyTerms> {
  readonly name?: string;
  readonly isActive?: boolean;
}

/** The only moment at which the key itself exists outside its owner's hands. */
export interface IssuedApiKey {
  readonly record: ApiKeyRecord;
  readonly key: string;
}
