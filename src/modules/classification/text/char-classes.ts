/** A table of 128 that says which ASCII characters are of a class; others are of none. */
export function asciiClass(characters: string): Uint8Array {
  const members = new Uint8Array(128);
  for (let at = 0; at < characters.length; at++) members[characters.charCodeAt(at)] = 1;
  return members;
}

export const SMALL_LETTERS = 'abcdefghijklmnopqrstuvwxyz';
export const DIGITS = '0123456789';
