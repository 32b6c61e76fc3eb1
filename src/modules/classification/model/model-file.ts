import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { QuantisedWeights } from './linear-model.js';
import type { Calibration } from './probabilities.js';

export const MODEL_NAMES = ['harm', 'attack', 'misuse', 'category', 'intent'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** All that training finds out. */
export interface ModelContents {
  readonly models: Readonly<Record<ModelName, QuantisedWeights>>;
  readonly harmCalibration: Calibration;
  readonly attackCalibration: Calibration;
  readonly misuseCalibration: Calibration;
  /** A part of a long text must be this much surer than the whole, in logits, to count in its place. */
  readonly partMargin: number;
  readonly intentTemperature: number;
}

interface ModelHeader extends Omit<ModelContents, 'models'> {
  readonly models: Readonly<Record<ModelName, Omit<QuantisedWeights, 'grams' | 'signals'>>>;
}

/** One text of base64: a length, a JSON header, and the weights of each model in the order of `MODEL_NAMES`. */
export function encodeModels({ models, ...rest }: ModelContents): string {
  const described = MODEL_NAMES.map((name) => {
    const { grams: _grams, signals: _signals, ...header } = models[name];
    return [name, header] as const;
  });
  const header = Buffer.from(JSON.stringify({ ...rest, models: Object.fromEntries(described) }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const weights = MODEL_NAMES.flatMap((name) => [toBytes(models[name].grams), toBytes(models[name].signals)]);
  const raw = Buffer.concat([length, header, ...weights]);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_LGWIN]: 22 };
  return brotliCompressSync(raw, { params }).toString('base64');
}

/** @throws Error when the text is not what `encodeModels` wrote */
export function decodeModels(encoded: string): ModelContents {
  const raw = brotliDecompressSync(Buffer.from(encoded, 'base64'));
  const headerEnd = 4 + raw.readUInt32LE(0);
  const header = JSON.parse(raw.subarray(4, headerEnd).toString('utf8')) as ModelHeader;
  let at = headerEnd;
  const take = (count: number): Int8Array => {
    const bytes = raw.subarray(at, at + count);
    at += count;
    return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  };
  const models = MODEL_NAMES.map((name) => {
    const described = header.models[name];
    const grams = take(described.outputs << described.gramBits);
    return [name, { ...described, grams, signals: take(described.outputs << described.signalBits) }] as const;
  });
  return { ...header, models: Object.fromEntries(models) as Record<ModelName, QuantisedWeights> };
}

function toBytes(weights: Int8Array): Buffer {
  return Buffer.from(weights.buffer, weights.byteOffset, weights.length);
}
