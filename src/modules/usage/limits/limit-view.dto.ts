/** One limit and what is used of it. `held` belongs to calls in flight; requests are never held. */
export class LimitView {
  /** The one that counts, also where it is the gateway's default. Null: no limit. What is used is counted under a limit only, but for the tokens and the cost of accounts. */
  limit: number | null;
  used: number;
  held: number;
  /** Null for limits for life, and while nothing is counted. */
  resets_at: Date | null;
}
