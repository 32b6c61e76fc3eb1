/** An account's deviation score: the sum of its deltas, each halved every half-life. Points, not hundredths. */
export interface DeviationScore {
  readonly score: number;
  /** The time that the score is good for, in milliseconds since 1970; null before the first request. */
  readonly at: number | null;
}

export const NO_DEVIATION: DeviationScore = { score: 0, at: null };

/** The score as it stands at a time, in points with two decimals: what is shown and what is compared with thresholds. */
export function deviationAt({ score, at }: DeviationScore, now: number, halfLifeMs: number): number {
  return roundToHundredths(score * left(now - (at ?? now), halfLifeMs));
}

/** Adds what a request at `at` cost. The sum is the same in whatever order the requests come. */
export function addDeviation(
  total: DeviationScore,
  request: { hundredths: number; at: number },
  halfLifeMs: number,
): DeviationScore {
  const now = Math.max(total.at ?? request.at, request.at);
  const before = total.score * left(now - (total.at ?? now), halfLifeMs);
  return { score: before + (request.hundredths / 100) * left(now - request.at, halfLifeMs), at: now };
}

export function roundToHundredths(score: number): number {
  return Math.round(score * 100) / 100;
}

function left(elapsedMs: number, halfLifeMs: number): number {
  return elapsedMs <= 0 ? 1 : 2 ** (-elapsedMs / halfLifeMs);
}
