import type { Principal } from './principal.js';

/** What a key may be used for. Logins are not scoped. */
export const KEY_SCOPES = ['chat', 'embeddings', 'usage:read'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

const SCOPES_OF_ROLE: Record<Principal['role'], readonly KeyScope[]> = { user: KEY_SCOPES, admin: KEY_SCOPES };

/** The scopes that a key has in the hands of its owner: those chosen for it (null: all) that the owner's role has. */
export function grantedScopes(role: Principal['role'], chosen: readonly KeyScope[] | null): readonly KeyScope[] {
  return SCOPES_OF_ROLE[role].filter((scope) => chosen === null || chosen.includes(scope));
}
