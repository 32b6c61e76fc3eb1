import type { UsageTotals } from './usage-totals.dto.js';

/** As the driver reads them: bigints and sums are text. */
export type UsageTotalsRow = Record<keyof UsageTotals, string | number>;

/** The sums as SQL over rows of `usage_rollups`, or of anything with its columns. */
export const USAGE_TOTALS = `
  coalesce(sum(requests), 0) AS requests, coalesce(sum(errors), 0) AS errors,
  coalesce(sum(prompt_tokens), 0) AS prompt_tokens, coalesce(sum(completion_tokens), 0) AS completion_tokens,
  coalesce(sum(cached_prompt_tokens), 0) AS cached_prompt_tokens,
  coalesce(sum(prompt_tokens + completion_tokens), 0) AS total_tokens, coalesce(sum(cost_nano_usd), 0) AS cost_nano_usd`;

export function totalsOf(row: UsageTotalsRow): UsageTotals {
  return {
    requests: Number(row.requests),
    errors: Number(row.errors),
    prompt_tokens: Number(row.prompt_tokens),
    completion_tokens: Number(row.completion_tokens),
    cached_prompt_tokens: Number(row.cached_prompt_tokens),
    total_tokens: Number(row.total_tokens),
    cost_nano_usd: Number(row.cost_nano_usd),
  };
}

/** The first of the last `$n` UTC days, today included. */
export const firstOfLastDays = (parameter: string): string =>
  `(now() AT TIME ZONE 'UTC')::date - (${parameter}::int - 1)`;
