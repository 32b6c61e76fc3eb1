/**
 * Upper end of the one-sided 95 % Clopper-Pearson interval: the largest rate with which so few of so many would still
 * happen one time in twenty.
 */
export function upperBound95(found, of) {
  if (found >= of) return 1;
  let [low, high] = [found / of, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (probabilityOfAtMost(found, of, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X <= k) of a binomial, in logarithms. */
function probabilityOfAtMost(k, n, rate) {
  let logTerm = n * Math.log1p(-rate);
  let sum = Math.exp(logTerm);
  for (let index = 1; index <= k; index += 1) {
    logTerm += Math.log((n - index + 1) / index) + Math.log(rate) - Math.log1p(-rate);
    sum += Math.exp(logTerm);
  }
  return sum;
}
