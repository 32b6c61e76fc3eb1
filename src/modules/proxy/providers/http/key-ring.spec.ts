import { KeyRing } from './key-ring.js';

describe('KeyRing', () => {
  let now = 0;
  const ring = (...keys: string[]) => new KeyRing(keys, () => now);
  const take = (keys: KeyRing, times: number) => Array.from({ length: times }, () => keys.next());

  it('uses keys in turn', () => {
    expect(take(ring('a', 'b', 'c'), 7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
    expect(take(ring('a'), 2)).toEqual(['a', 'a']);
    expect(take(ring(), 2)).toEqual([undefined, undefined]);
  });

  it('passes over keys that rest until they have rested', () => {
    const keys = ring('a', 'b');
    keys.rest('a', 1_000);
    expect(take(keys, 4)).toEqual(['b', 'b', 'b', 'b']);
    now += 1_000;
    expect(new Set(take(keys, 2))).toEqual(new Set(['a', 'b']));
  });

  it('uses the one whose rest ends first when all of them rest', () => {
    const keys = ring('a', 'b', 'c');
    keys.rest('a', 3_000);
    keys.rest('b', 1_000);
    expect(keys.hasReadyKey()).toBe(true);
    keys.rest('c', 2_000);
    expect(keys.hasReadyKey()).toBe(false);
    expect(take(keys, 3)).toEqual(['b', 'b', 'b']);
  });

  it('never lets a key rest for longer than five minutes', () => {
    const keys = ring('a');
    keys.rest('a', 1e12);
    now += 300_000;
    expect(keys.hasReadyKey()).toBe(true);
  });
});
