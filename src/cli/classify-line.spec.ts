import { Readable } from 'node:stream';
import { classifyLine } from './classify-line.js';
import { linesOf } from './lines-of.js';

describe('classifyLine', () => {
  it('says four things of a prompt', () => {
    const { json, isError } = classifyLine('{"text": "Write a Python function that merges two sorted lists."}', 1);
    expect(isError).toBe(false);
    const verdict = JSON.parse(json) as Record<string, unknown>;
    expect(Object.keys(verdict)).toEqual(['score', 'category', 'intent', 'confidence']);
    expect(verdict).toMatchObject({ category: 'none', intent: 'coding' });
    expect(verdict.score).toBeLessThan(0.5);
  });

  it.each(['', 'no JSON', '[]', 'null', '{"text": 5}', '{"prompt": "hi"}'])('names the line that holds %j', (line) => {
    expect(classifyLine(line, 12)).toEqual({
      json: '{"error":"line 12 is not a JSON object with a string \\"text\\""}',
      isError: true,
    });
  });
});

describe('linesOf', () => {
  async function read(...chunks: (string | Buffer)[]): Promise<string[]> {
    const lines: string[] = [];
    for await (const some of linesOf(Readable.from(chunks, { objectMode: false }))) lines.push(...some);
    return lines;
  }

  it('joins lines and characters that are split over chunks', async () => {
    const euro = Buffer.from('€');
    expect(await read('a', 'b\nc', '\n\nd', euro.subarray(0, 1), euro.subarray(1))).toEqual(['ab', 'c', '', 'd€']);
  });

  it('splits at line feeds only, and needs none at the end', async () => {
    expect(await read('a\u2028b\u0085c\n')).toEqual(['a\u2028b\u0085c']);
    expect(await read('')).toEqual([]);
  });

  it('leaves out a byte order mark, and keeps one that stands elsewhere', async () => {
    expect(await read('\ufeffa\n\ufeffb', '\ufeff')).toEqual(['a', '\ufeffb\ufeff']);
  });
});
