/** Who is making a request, however they proved it. Limits and blocks are never read from here, only identity. */
export interface Principal {
  /** How the caller proved who they are. */
  readonly kind: 'key' | 'jwt';
  /** Integer id of the account: the one that the ledger, holds and windows use. */
  readonly userId: number;
  /** UUID of the account, for the routes that show it. */
  readonly userPublicId: string;
  readonly email: string;
  readonly role: 'user' | 'admin';
  /** Integer id of the API key, null for a JWT. */
  readonly apiKeyId: number | null;
}
