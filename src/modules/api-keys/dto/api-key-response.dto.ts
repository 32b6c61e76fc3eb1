import type { UserRole } from '../../users/user-account.js';
import { grantedScopes } from '../../../common/key-scopes.js';
import type { ApiKeyRecord } from '../api-key-record.js';

/** What a key's view needs beside the key. */
export interface ApiKeyContext {
  readonly role: UserRole;
  readonly defaultRequestsPerMinute: number;
}

/** A key as its owner sees it again and again. */
export class ApiKeyResponseDto {
  /** UUID. */
  id: string;
  name: string;
  /** The first eight characters of the key. */
  key_prefix: string;
  is_active: boolean;
  rate_limit_per_minute: number;
  scopes: string[];
  /** Null: all. */
  allowed_models: string[] | null;
  /** Null: everywhere. */
  ip_allow_list: string[] | null;
  /** Null: never. */
  expires_at: Date | null;
  token_budget: number | null;
  cost_budget_nano_usd: number | null;
  created_at: Date;
  last_used_at: Date | null;
  rotated_at: Date | null;
  /** Until when the key before the last rotation works too. */
  previous_key_expires_at: Date | null;
  revoked_at: Date | null;

  static of(key: ApiKeyRecord, { role, defaultRequestsPerMinute }: ApiKeyContext): ApiKeyResponseDto {
    return {
      id: key.publicId,
      name: key.name,
      key_prefix: key.prefix,
      is_active: key.isActive,
      rate_limit_per_minute: key.requestsPerMinute ?? defaultRequestsPerMinute,
      scopes: [...grantedScopes(role, key.scopes)],
      allowed_models: key.allowedModels,
      ip_allow_list: key.ipAllowList,
      expires_at: key.expiresAt,
      token_budget: key.tokenBudget,
      cost_budget_nano_usd: key.costBudgetNanoUsd,
      created_at: key.createdAt,
      last_used_at: key.lastUsedAt,
      rotated_at: key.rotatedAt,
      previous_key_expires_at: key.previousHashExpiresAt,
      revoked_at: key.revokedAt,
    };
  }
}
