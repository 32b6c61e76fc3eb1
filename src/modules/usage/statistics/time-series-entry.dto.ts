/**
 * Sums over the calls of one day and group. Grouped by intent only analysed calls count, as they were first billed, and what is
 * not kept by intent is null.
 */
export class TimeSeriesEntry {
  day: string;
  model?: string;
  user_id?: number;
  /** 0: a JWT made the calls. */
  api_key_id?: number;
  intent?: string;
  requests: number;
  /** Calls that ended neither complete nor because the client left; null by intent. */
  errors: number | null;
  /** Null by intent, which keeps `total_tokens` only. */
  prompt_tokens: number | null;
  /** Null by intent. */
  completion_tokens: number | null;
  /** Null by intent. */
  cached_prompt_tokens: number | null;
  total_tokens: number;
  /** Nano-dollars. */
  cost_nano_usd: number;
}
