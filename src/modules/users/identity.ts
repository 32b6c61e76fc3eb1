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

/** Scripts with letters that look like letters of one another. */
const ALIKE = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Cherokee}/u,
];

/** Whether a name may be made to look like another: it takes letters from two scripts that share their looks. */
export function mixesScripts(username: string): boolean {
  const normalised = normaliseUsername(username);
  return ALIKE.filter((script) => script.test(normalised)).length > 1;
}
