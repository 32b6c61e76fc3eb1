import { createHash } from 'node:crypto';
import { isJsonObject } from '../../json/json-object.js';

const USUAL_DIMENSIONS: Readonly<Record<string, number>> = { 'text-embedding-3-large': 3_072 };
const DIMENSIONS = 1_536;
const MOST_DIMENSIONS = 4_096;
const BYTES_PER_TOKEN = 4;

/** Answers an embeddings request with made-up unit vectors; the same input always has the same one. */
export function simulateEmbeddings(request: unknown) {
  const { model, input, dimensions, encoding_format } = isJsonObject(request) ? request : {};
  const name = typeof model === 'string' ? model : 'simulator';
  const size = Math.min(
    typeof dimensions === 'number' ? dimensions : (USUAL_DIMENSIONS[name] ?? DIMENSIONS),
    MOST_DIMENSIONS,
  );
  const inputs = inputsOf(input);
  const promptTokens = inputs.reduce<number>((sum, each) => sum + tokensOf(each), 0);
  return {
    object: 'list',
    data: inputs.map((each, index) => {
      const vector = vectorOf(JSON.stringify(each), size);
      return { object: 'embedding', index, embedding: encoding_format === 'base64' ? base64Of(vector) : vector };
    }),
    model: name,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  };
}

/** A text, a list of texts, a list of tokens, or a list of such lists. */
function inputsOf(input: unknown): unknown[] {
  return Array.isArray(input) && typeof input[0] !== 'number' ? (input as unknown[]) : [input];
}

function tokensOf(input: unknown): number {
  return Array.isArray(input)
    ? input.length
    : Math.max(1, Math.ceil(Buffer.byteLength(String(input)) / BYTES_PER_TOKEN));
}

function vectorOf(text: string, size: number): number[] {
  const vector: number[] = [];
  for (let block = 0; vector.length < size; block += 1) {
    const digest = createHash('sha256').update(`${block}\n${text}`).digest();
    for (let at = 0; at < digest.length && vector.length < size; at += 2) vector.push(digest.readInt16BE(at));
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => Math.fround(value / length));
}

function base64Of(vector: readonly number[]): string {
  const floats = Float32Array.from(vector);
  return Buffer.from(floats.buffer).toString('base64');
}
