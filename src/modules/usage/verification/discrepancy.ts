/** Something in the books that does not follow from the entries of the ledger. */
export interface Discrepancy {
  readonly check: 'windows' | 'balances' | 'rollups' | 'intents' | 'sums' | 'chain' | 'entries';
  /** One line for an operator: what, whose, and how it differs. */
  readonly message: string;
}

/** Most discrepancies that one check lists; the rest is counted. */
export const MOST_LISTED = 100;

/** The listed discrepancies of one check, with a line that says how many more there are. */
export function listed(check: Discrepancy['check'], total: number, messages: string[]): Discrepancy[] {
  const found = messages.slice(0, MOST_LISTED).map((message) => ({ check, message }));
  const more = total - found.length;
  return more > 0 ? [...found, { check, message: `and ${more} more` }] : found;
}

/** Says which numbers differ: `tokens 5 instead of 7`. */
export function differences(pairs: Record<string, readonly [found: string, expected: string]>): string {
  return Object.entries(pairs)
    .filter(([, [found, expected]]) => found !== expected)
    .map(([name, [found, expected]]) => `${name} ${found} instead of ${expected}`)
    .join(', ');
}
