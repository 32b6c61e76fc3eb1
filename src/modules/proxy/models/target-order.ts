interface Weighted {
  /** Its share of the calls; null: the order is the preference. */
  readonly weight: number | null;
}

/**
 * The order in which targets are asked: as it is, or drawn by weight, each place among those that are left.
 * @param random from 0 to below 1
 */
export function orderTargets<Target extends Weighted>(targets: readonly Target[], random: () => number): Target[] {
  const left = [...targets];
  if (left.length < 2 || left[0].weight === null) return left;
  const ordered: Target[] = [];
  while (left.length > 0) ordered.push(...left.splice(draw(left, random()), 1));
  return ordered;
}

function draw(targets: readonly Weighted[], random: number): number {
  let ticket = random * targets.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  const place = targets.findIndex(({ weight }) => (ticket -= weight ?? 0) < 0);
  return Math.max(0, place);
}
