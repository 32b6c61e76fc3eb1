import { grantedScopes } from '../../../common/key-scopes.js';
import type { ApiKeyRecord } from '../../api-keys/api-key-record.js';
import type { UserAccount } from '../../users/user-account.js';

export class UserApiKeyStatusDto {
  /** UUID. */
  id: string;
  name: string;
  is_active: boolean;
  scopes: string[];
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  is_expired: boolean;

  static of(user: UserAccount, key: ApiKeyRecord): UserApiKeyStatusDto {
    return {
      id: key.publicId,
      name: key.name,
      is_active: key.isActive,
      scopes: [...grantedScopes(user.role, key.scopes)],
      created_at: key.createdAt,
      last_used_at: key.lastUsedAt,
      expires_at: key.expiresAt,
      is_expired: key.expiresAt !== null && key.expiresAt.getTime() <= Date.now(),
    };
  }
}
