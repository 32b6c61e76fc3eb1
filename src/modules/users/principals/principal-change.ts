/** Whose cached credentials are out of date: all of an account's, or one key. */
export type PrincipalChange = { readonly userId: number } | { readonly keyId: number };

/** Reads a notification's payload; null when it is not one of ours. */
export function parsePrincipalChange(payload: string): PrincipalChange | null {
  const [, kind, id] = /^(user|key):(\d{1,10})$/.exec(payload) ?? [];
  if (id === undefined) {
    return null;
  }
  return kind === 'user' ? { userId: Number(id) } : { keyId: Number(id) };
}

export function formatPrincipalChange(change: PrincipalChange): string {
  return 'userId' in change ? `user:${change.userId}` : `key:${change.keyId}`;
}
