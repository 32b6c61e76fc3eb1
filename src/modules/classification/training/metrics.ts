/** Chance that a positive scores above a negative; ties count half. */
export function auroc(positives: readonly number[], negatives: readonly number[]): number {
  const all = [
    ...positives.map((score) => ({ score, positive: true })),
    ...negatives.map((score) => ({ score, positive: false })),
  ];
  all.sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to].score === all[from].score) to++;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if (all[at].positive) rankSum += rank;
    from = to;
  }
  const count = positives.length;
  return (rankSum - (count * (count + 1)) / 2) / (count * negatives.length);
}

/** The value that the given share of the numbers lies below. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function shareAbove(numbers: readonly number[], threshold: number): number {
  return numbers.filter((number) => number > threshold).length / numbers.length;
}

/** Share of the positives that is found when the given share of the negatives is flagged. */
export function recallAt(positives: readonly number[], negatives: readonly number[], falsePositives: number): number {
  return shareAbove(positives, quantile(negatives, 1 - falsePositives));
}
