/** How many groups of sources are left out in turn. */
export const FOLDS = 6;

/** Sources of one collection look alike, so they are left out together. */
export function familyOf(source: string): string {
  return source.split('_')[0];
}

/**
 * Deals the families out to folds, the largest first, so that each fold has its share of every class.
 * @returns fold by source
 */
export function sourceFolds(samples: readonly { source: string; label: string }[]): Map<string, number> {
  const totals = countBy(samples, ({ label }) => label);
  const families = new Map<string, Map<string, number>>();
  for (const { source, label } of samples) {
    const counts = families.get(familyOf(source)) ?? new Map<string, number>();
    families.set(familyOf(source), counts.set(label, (counts.get(label) ?? 0) + 1));
  }
  const share = (counts: Map<string, number>, label: string): number =>
    (counts.get(label) ?? 0) / (totals.get(label) ?? 1);
  const weight = (counts: Map<string, number>): number =>
    [...counts.keys()].reduce((sum, label) => sum + share(counts, label), 0);
  const ordered = [...families].sort(([a, first], [b, second]) => weight(second) - weight(first) || (a < b ? -1 : 1));
  const folds = Array.from({ length: FOLDS }, () => new Map<string, number>());
  const foldOfFamily = new Map<string, number>();
  for (const [family, counts] of ordered) {
    const load = (fold: Map<string, number>): number =>
      [...counts.keys()].reduce((sum, label) => sum + share(counts, label) * (fold.get(label) ?? 0), 0);
    const fold = folds.reduce((best, candidate, index) => (load(candidate) < load(folds[best]) ? index : best), 0);
    foldOfFamily.set(family, fold);
    for (const label of counts.keys()) folds[fold].set(label, (folds[fold].get(label) ?? 0) + share(counts, label));
  }
  return new Map(samples.map(({ source }) => [source, foldOfFamily.get(familyOf(source)) ?? 0]));
}

export function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
