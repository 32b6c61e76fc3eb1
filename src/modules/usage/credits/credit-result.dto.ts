import { BalanceEntry } from './balance-entry.dto.js';

export class CreditResult {
  entry: BalanceEntry;
  /** Tokens that the account was given in all. */
  lifetime_tokens: number;
}
