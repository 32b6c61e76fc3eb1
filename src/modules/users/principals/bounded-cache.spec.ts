import { BoundedCache } from './bounded-cache.js';

describe('BoundedCache', () => {
  let nowMs = 0;
  let cache: BoundedCache<string>;

  beforeEach(() => {
    nowMs = 0;
    cache = new BoundedCache<string>(3, 1_000, () => nowMs);
  });

  it('returns what was stored until it is stale, and reading does not prolong it', () => {
    cache.set('a', 'one');
    nowMs = 999;
    expect(cache.get('a')).toBe('one');
    nowMs = 1_000;
    expect(cache.get('a')).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('drops the entry used longest ago when it is full', () => {
    cache.set('a', 'one');
    cache.set('b', 'two');
    cache.set('c', 'three');
    cache.get('a');
    cache.set('d', 'four');
    expect(cache.size).toBe(3);
    expect(cache.get('b')).toBeUndefined();
    expect(cache.get('a')).toBe('one');
  });

  it('replaces an entry in place', () => {
    cache.set('a', 'one');
    cache.set('a', 'two');
    expect(cache.size).toBe(1);
    expect(cache.get('a')).toBe('two');
  });

  it('forgets by value', () => {
    cache.set('a', 'one');
    cache.set('b', 'two');
    cache.deleteWhere((value) => value === 'one');
    expect(cache.get('a')).toBeUndefined();
    expect(cache.get('b')).toBe('two');
  });
});
