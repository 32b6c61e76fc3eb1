import fc from 'fast-check';
import { SseEventTooLarge, SseParser } from './sse-parser.js';
import type { SseEvent } from './sse-parser.js';

const MEGABYTE = 1024 * 1024;

function parse(chunks: Buffer[], largest = MEGABYTE): SseEvent[] {
  const parser = new SseParser(largest);
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  const last = parser.end();
  return last === null ? events : [...events, last];
}

const parseText = (text: string) => parse([Buffer.from(text)]).map(({ data, name }) => ({ data, name }));

describe('SseParser', () => {
  it('reads data, comments and named events', () => {
    expect(parseText(': hi\n\ndata: {"a":1}\n\nevent: error\ndata: x\n\ndata:y\n\n')).toEqual([
      { data: null, name: null },
      { data: '{"a":1}', name: null },
      { data: 'x', name: 'error' },
      { data: 'y', name: null },
    ]);
  });

  it('joins several data lines, and reads a last event without a blank line', () => {
    expect(parseText('data: a\ndata: b\n\ndata: [DONE]')).toEqual([
      { data: 'a\nb', name: null },
      { data: '[DONE]', name: null },
    ]);
  });

  it('ignores a byte order mark at the start', () => {
    expect(parseText('\uFEFFdata: a\n\n')).toEqual([{ data: 'a', name: null }]);
  });

  it('gives views of the chunk, not copies, for events that lie within it', () => {
    const chunk = Buffer.from('data: a\n\ndata: b\n\n');
    const [first, second] = parse([chunk]);
    expect(first.raw.buffer).toBe(chunk.buffer);
    expect(second.raw.byteOffset).toBe(chunk.byteOffset + first.raw.length);
  });

  it('passes a line of many megabytes that comes in small pieces', () => {
    const line = Buffer.from(`data: ${'é'.repeat(5 * MEGABYTE)}\n\n`);
    const pieces: Buffer[] = [];
    for (let at = 0; at < line.length; at += 65_521) pieces.push(line.subarray(at, at + 65_521));
    const [event] = parse(pieces, 16 * MEGABYTE);
    expect(event.raw.equals(line)).toBe(true);
    expect(event.data).toHaveLength(5 * MEGABYTE);
  });

  it('refuses an event that is larger than allowed', () => {
    expect(() => parse([Buffer.from(`data: ${'x'.repeat(100)}`)], 50)).toThrow(SseEventTooLarge);
  });

  it('finds the same events however the stream is cut, whatever ends its lines', () => {
    const payload = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' '));
    const block = fc.oneof(
      payload.map((text) => ({ lines: [`data: ${text}`], data: text })),
      payload.map((text) => ({ lines: [`: ${text}`], data: null })),
      fc
        .tuple(payload, payload)
        .map(([a, b]) => ({ lines: [`data: ${a}`, 'id: 7', `data: ${b}`], data: `${a}\n${b}` })),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(block), fc.constantFrom('\n', '\r\n', '\r'), cuts, (blocks, eol, sizes) => {
        const bytes = Buffer.from(blocks.map(({ lines }) => `${lines.join(eol)}${eol}${eol}`).join(''));
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length];
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const events = parse(chunks);
        expect(Buffer.concat(events.map(({ raw }) => raw)).equals(bytes)).toBe(true);
        const told = events.filter(({ raw }) => raw.toString().trim() !== '').map(({ data }) => data);
        expect(told).toEqual(blocks.map(({ data }) => data));
      }),
      { numRuns: 500 },
    );
  });
});
