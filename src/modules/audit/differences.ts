import { isDeepStrictEqual } from 'node:util';

/** What differs between two states of a thing, as `{field: {from, to}}`; null when nothing does. */
export function differences<T extends object>(
  before: T,
  after: T,
  fields: readonly (keyof T & string)[],
): Record<string, { from: unknown; to: unknown }> | null {
  const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]));
  if (changed.length === 0) return null;
  return Object.fromEntries(changed.map((field) => [field, { from: before[field], to: after[field] }]));
}
