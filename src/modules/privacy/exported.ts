import type { ApiKeyRecord } from '../api-keys/api-key-record.js';
import type { UserAccount } from '../users/user-account.js';

/** An account as its owner takes it away. */
export function exportedAccount(user: UserAccount) {
  return {
    id: user.id,
    public_id: user.publicId,
    username: user.username,
    email: user.email,
    name: user.name,
    picture: user.pictureUrl,
    role: user.role,
    origin: user.origin,
    is_active: user.isActive,
    is_blocked: user.isBlocked,
    blocked_reason: user.blockedReason,
    last_activity: user.lastActiveAt,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  };
}

/** A key as its owner takes it away: everything except the key. */
export function exportedKey(key: ApiKeyRecord) {
  return {
    id: key.id,
    public_id: key.publicId,
    name: key.name,
    key_prefix: key.prefix,
    is_active: key.isActive,
    rate_limit_per_minute: key.requestsPerMinute,
    scopes: key.scopes,
    allowed_models: key.allowedModels,
    ip_allow_list: key.ipAllowList,
    token_budget: key.tokenBudget,
    cost_budget_nano_usd: key.costBudgetNanoUsd,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt,
    rotated_at: key.rotatedAt,
    revoked_at: key.revokedAt,
  };
}
