const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** Waits between attempts: quick at first, then over about sixteen hours, which outlasts a night. */
const DELAYS_SECONDS = [
  10,
  30,
  2 * MINUTE_SECONDS,
  10 * MINUTE_SECONDS,
  30 * MINUTE_SECONDS,
  HOUR_SECONDS,
  2 * HOUR_SECONDS,
  4 * HOUR_SECONDS,
  8 * HOUR_SECONDS,
];
const LARGEST_JITTER = 0.2;

/**
 * Seconds until the next attempt, up to a fifth longer so that retries spread; null when it was the last one.
 * @param attempts failed attempts so far, 1 or more
 * @param chance 0 to 1
 */
export function retryDelaySeconds(attempts: number, chance = Math.random()): number | null {
  const delay = DELAYS_SECONDS[attempts - 1];
  return delay === undefined ? null : delay * (1 + LARGEST_JITTER * chance);
}
