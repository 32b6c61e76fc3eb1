import { BoundedText } from './bounded-text.js';

describe('BoundedText', () => {
  it('keeps a short text as it is, however it comes', () => {
    const text = new BoundedText();
    for (let turn = 0; turn < 20_000; turn += 1) text.append('x');
    expect(text.toString()).toBe('x'.repeat(20_000));
  });

  it('keeps head and tail of a long text in bounded memory', () => {
    const text = new BoundedText();
    text.append('first ');
    for (let turn = 0; turn < 1_000; turn += 1) text.append('y'.repeat(1_000));
    text.append(' last');
    const kept = text.toString();
    expect(kept.length).toBeLessThan(33_000);
    expect(kept.startsWith('first y')).toBe(true);
    expect(kept.endsWith('y last')).toBe(true);
    expect(kept).toContain('[…]');
  });
});
