/** Days before today that spending is compared with. */
export const COMPARED_DAYS = 14;

/** So many spreads above the mean are unusual: by chance alone that is about one day in several hundred. */
const SPREADS = 3;
/** The spread counts as this part of the mean at least: whoever spends the same every day may spend a little more. */
const LEAST_SPREAD = 0.25;

export interface Spending {
  /** Cost of today so far, in nano-dollars. */
  readonly todayNanoUsd: number;
  /** Cost of each of the last 14 UTC days; days that are left out cost nothing. */
  readonly pastNanoUsd: readonly number[];
  /** Below this nothing is unusual. */
  readonly floorNanoUsd: number;
}

export interface SpendAnomaly {
  readonly todayNanoUsd: number;
  readonly meanNanoUsd: number;
  readonly spreadNanoUsd: number;
  /** What today went past: the mean and three spreads, but the floor at least. */
  readonly unusualAboveNanoUsd: number;
}

/**
 * Whether today's cost so far is unusual: more than the mean of the last 14 days and three standard deviations, and more
 * than the floor. The standard deviation counts as a quarter of the mean at least. Somebody without a past is unusual
 * above the floor. Null when nothing is.
 */
export function spendAnomaly({ todayNanoUsd, pastNanoUsd, floorNanoUsd }: Spending): SpendAnomaly | null {
  const meanNanoUsd = sum(pastNanoUsd) / COMPARED_DAYS;
  const daysWithout = COMPARED_DAYS - pastNanoUsd.length;
  const squares = sum(pastNanoUsd.map((cost) => (cost - meanNanoUsd) ** 2)) + daysWithout * meanNanoUsd ** 2;
  const spreadNanoUsd = Math.max(Math.sqrt(squares / COMPARED_DAYS), LEAST_SPREAD * meanNanoUsd);
  const unusualAboveNanoUsd = Math.max(meanNanoUsd + SPREADS * spreadNanoUsd, floorNanoUsd);
  if (todayNanoUsd <= unusualAboveNanoUsd) return null;
  return {
    todayNanoUsd,
    meanNanoUsd: Math.round(meanNanoUsd),
    spreadNanoUsd: Math.round(spreadNanoUsd),
    unusualAboveNanoUsd: Math.round(unusualAboveNanoUsd),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
