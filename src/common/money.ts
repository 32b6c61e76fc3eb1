const NANO_USD_PER_USD = 1_000_000_000;

/** Most dollars that a limit may name: well within what nano-dollars can be counted in exactly. */
export const MOST_USD = 1_000_000;

/** Whole nano-dollars. Null stays null: no limit. */
export function nanoUsdOf(usd: number): number;
export function nanoUsdOf(usd: number | null): number | null;
export function nanoUsdOf(usd: number | null): number | null {
  return usd === null ? null : Math.round(usd * NANO_USD_PER_USD);
}

/** Dollars, for people. Null stays null. */
export function usdOf(nanoUsd: number): number;
export function usdOf(nanoUsd: number | null): number | null;
export function usdOf(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / NANO_USD_PER_USD;
}
