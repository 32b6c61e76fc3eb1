/** Sums over calls. Costs are nano-dollars; up to about nine million dollars they are exact. */
export class UsageTotals {
  requests: number;
  /** Calls that ended neither complete nor because the client left. */
  errors: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_prompt_tokens: number;
  total_tokens: number;
  cost_nano_usd: number;
}
