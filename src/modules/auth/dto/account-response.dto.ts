import type { UserAccount } from '../../users/user-account.js';

export class AccountResponseDto {
  /** UUID. */
  id: string;
  username: string | null;
  email: string;
  /** In full when it was just made, else its first eight characters; null without a default key. */
  api_key: string | null;
  is_active: boolean;
  is_admin: boolean;
  role: string;
  created_at: Date;

  static of(user: UserAccount, apiKey: string | null): AccountResponseDto {
    return {
      id: user.publicId,
      username: user.username,
      email: user.email,
      api_key: apiKey,
      is_active: user.isActive,
      is_admin: user.role === 'admin',
      role: user.role,
      created_at: user.createdAt,
    };
  }
}
