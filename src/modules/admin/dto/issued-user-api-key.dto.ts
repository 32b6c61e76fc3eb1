import { grantedScopes } from '../../../common/key-scopes.js';
import type { IssuedApiKey } from '../../api-keys/api-key-record.js';
import type { UserAccount } from '../../users/user-account.js';

/** The one answer that holds the key itself. */
export class IssuedUserApiKeyDto {
  message: string;
  /** Shown now and never again. */
  api_key: string;
  /** UUID. */
  key_id: string;
  user_id: number;
  user_name: string | null;
  user_email: string;
  scopes: string[];
  created_at: Date;

  static of(message: string, user: UserAccount, { record, key }: IssuedApiKey): IssuedUserApiKeyDto {
    return {
      message,
      api_key: key,
      key_id: record.publicId,
      user_id: user.id,
      user_name: user.name,
      user_email: user.email,
      scopes: [...grantedScopes(user.role, record.scopes)],
      created_at: record.createdAt,
    };
  }
}
