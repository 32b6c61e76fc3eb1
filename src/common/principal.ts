import type { AddressList } from './http/address-list.js';
import type { KeyScope } from './key-scopes.js';

/** Who is making a request, however they proved it. Limits and blocks are never read from here, only identity. */
export interface Principal extends KeyRights {
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

/** What a key was restricted to. Null is no restriction; a login has none. */
export interface KeyRights {
  readonly scopes: readonly KeyScope[] | null;
  /** Names, or beginnings followed by `*`. */
  readonly allowedModels: readonly string[] | null;
  /** Where requests may come from. */
  readonly allowedAddresses: AddressList | null;
}

/** The rights of a login: everything that its account may do. */
export const UNRESTRICTED: KeyRights = { scopes: null, allowedModels: null, allowedAddresses: null };
