import type { AccountQuota } from '../../usage/limits/account-limits.js';
import type { UserAccount } from '../../users/user-account.js';

/** An account as ByteChat shows it: with its lifetime balance. */
export class DirectoryEntryDto {
  id: number;
  email: string;
  name: string | null;
  picture: string | null;
  /** Null is unlimited. */
  total_tokens: number | null;
  tokens_used: number;
  /** Null is unlimited. */
  tokens_left: number | null;
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  created_at: string;
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  updated_at: string;

  static of(user: UserAccount, quota: AccountQuota | undefined): DirectoryEntryDto {
    return {
      id: user.id,
      email: user.email,
      name: user.name,
      picture: user.pictureUrl,
      total_tokens: quota?.balance.limit ?? null,
      tokens_used: quota?.balance.used ?? 0,
      tokens_left: quota?.balance.remaining ?? null,
      created_at: toSeconds(user.createdAt),
      updated_at: toSeconds(user.updatedAt),
    };
  }
}

function toSeconds(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
