import type { ApiKeyRecord } from '../../api-keys/api-key-record.js';
import type { UserAccount } from '../../users/user-account.js';
import { UserApiKeyStatusDto } from './user-api-key-status.dto.js';

export class UserApiKeyDto {
  user_id: number;
  user_name: string | null;
  user_email: string;
  has_api_key: boolean;
  /** Null without a default key. */
  api_key_status: UserApiKeyStatusDto | null;

  static of(user: UserAccount, key: ApiKeyRecord | null): UserApiKeyDto {
    return {
      user_id: user.id,
      user_name: user.name,
      user_email: user.email,
      has_api_key: key !== null,
      api_key_status: key === null ? null : UserApiKeyStatusDto.of(user, key),
    };
  }
}
