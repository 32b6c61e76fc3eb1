/**
 * One spelling per identity. E-mail addresses and usernames are compared in these forms only; what the person typed
 * is kept for display.
 */
export function normaliseEmail(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}

export function normaliseUsername(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}

/** Usernames hold no `@`, so an identifier with one is an e-mail address and the two can never collide. */
export function isEmailAddress(identifier: string): boolean {
  return identifier.includes('@');
}

/**
 * Letters and digits of any script, then also space . _ + - in between: never `@`, never a control character, never one
 * that nobody sees.
 */
export const USERNAME_PATTERN =
  /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._+-]*[\p{L}\p{M}\p{N}_+-])?$/u;
