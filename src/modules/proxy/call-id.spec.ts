import { validate, version } from 'uuid';
import { newCallId } from './call-id.js';

const NOW_MS = Date.UTC(2026, 5, 1, 12, 30);

describe('newCallId', () => {
  it('carries its time', () => {
    const id = newCallId(NOW_MS);
    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(NOW_MS);
  });

  it('is never the same twice, also past the end of what was fetched at once', () => {
    const ids = Array.from({ length: 2_000 }, () => newCallId(NOW_MS));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('differs in its random part from the one before, not only in a few bits', () => {
    const randomPart = (id: string) => id.slice(-12);
    const parts = Array.from({ length: 1_000 }, () => randomPart(newCallId(NOW_MS)));
    expect(new Set(parts).size).toBe(parts.length);
  });
});
