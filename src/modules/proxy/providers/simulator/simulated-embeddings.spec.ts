import { simulateEmbeddings } from './simulated-embeddings.js';

const vectorsOf = (request: object) => simulateEmbeddings(request).data.map(({ embedding }) => embedding);
const length = (vector: unknown) => Math.hypot(...(vector as number[]));

describe('simulateEmbeddings', () => {
  it('has one unit vector for each input, always the same', () => {
    const request = { model: 'text-embedding-3-small', input: ['one', 'two', 'one'] };
    const [first, second, third] = vectorsOf(request);
    expect(first).toHaveLength(1_536);
    expect(length(first)).toBeCloseTo(1, 5);
    expect(first).toEqual(third);
    expect(first).not.toEqual(second);
    expect(vectorsOf(request)).toEqual([first, second, third]);
  });

  it('takes dimensions, and tokens for one input or several', () => {
    expect(vectorsOf({ input: 'x', dimensions: 3 })[0]).toHaveLength(3);
    expect(simulateEmbeddings({ input: [1, 2, 3] })).toMatchObject({
      data: [{ index: 0 }],
      usage: { prompt_tokens: 3 },
    });
    expect(simulateEmbeddings({ input: [[1], [2, 3]] }).data).toHaveLength(2);
  });

  it('writes base64 as SDKs want it', () => {
    const [numbers] = vectorsOf({ input: 'x', dimensions: 5 });
    const [text] = vectorsOf({ input: 'x', dimensions: 5, encoding_format: 'base64' });
    const bytes = Buffer.from(text as string, 'base64');
    expect(Array.from({ length: 5 }, (_, index) => bytes.readFloatLE(index * 4))).toEqual(numbers);
  });
});
