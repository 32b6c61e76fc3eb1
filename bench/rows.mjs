import { median, spread } from './harness/numbers.mjs';

/**
 * Rows of the table. A row has `what`, `gatehouse` and `other` (medians), `against` (what it is compared to), `ratio` (median, least
 * and greatest over the rounds) and `target` ({atLeast} or {atMost}, of the ratio, or of the value where there is no other).
 */

/** Compares a value of Gatehouse's runs to that of another's runs, round by round. */
export function ratioRow(what, { gatehouse, other, against, value, target, unit }) {
  const pairs = gatehouse.slice(0, other.length).map((result, round) => value(result) / value(other[round]));
  return {
    what,
    unit,
    gatehouse: median(gatehouse.map(value)),
    against,
    other: median(other.map(value)),
    ratio: spread(pairs),
    target,
  };
}

/** What Gatehouse adds to another's value, round by round. */
export function addedRow(what, { gatehouse, other, against, value, target, unit }) {
  const added = gatehouse.slice(0, other.length).map((result, round) => value(result) - value(other[round]));
  return {
    what,
    unit,
    gatehouse: median(gatehouse.map(value)),
    against,
    other: median(other.map(value)),
    added: spread(added),
    target,
  };
}

/** A value that is compared to nothing but its target. */
export function valueRow(what, { values, target, unit }) {
  return { what, unit, gatehouse: median(values), value: spread(values), target };
}

/** Whether a row keeps its target: true, false, or undefined without one. */
export function isMet({ ratio, added, value, target }) {
  const found = (ratio ?? added ?? value)?.median;
  if (target === undefined || found === undefined) return undefined;
  return target.atLeast === undefined ? found <= target.atMost : found >= target.atLeast;
}
