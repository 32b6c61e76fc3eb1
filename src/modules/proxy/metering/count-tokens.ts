/** English text has a little more than four bytes for a token; other scripts have fewer characters and more bytes. */
const BYTES_PER_TOKEN = 4;

/**
 * Counts completion tokens from what was delivered, for calls whose upstream told no usage. An upstream sends at
 * least one token with each non-empty delta, and text has about four bytes for a token: the larger of the two is
 * taken. The caller caps it by the hold.
 * @param deltas non-empty pieces in which the text came
 */
export function countTokens(textBytes: number, deltas: number): number {
  return Math.max(deltas, Math.ceil(textBytes / BYTES_PER_TOKEN));
}
