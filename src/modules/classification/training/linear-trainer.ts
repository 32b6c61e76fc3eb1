import { GRAM_BITS, SIGNAL_BITS } from '../features/feature-set.js';
import { SIGNAL_VALUE } from '../model/linear-model.js';
import type { ModelShape } from '../model/linear-model.js';
import { shuffledOrder } from './random.js';
import type { Vector } from './vectors.js';

export interface Example {
  readonly vector: Vector;
  /** Class, from 0; with one output, 0 or 1. */
  readonly target: number;
  readonly weight: number;
}

/** One output trains a logistic regression, more a softmax. */
export interface TrainingOptions extends ModelShape {
  readonly epochs: number;
  readonly learningRate: number;
  /** Strength of the pull towards 0, per example of weight 1. */
  readonly gramDecay: number;
  readonly signalDecay: number;
  /** Features of fewer examples than this are left out. */
  readonly minExamples: number;
}

/** Weights by bucket, the outputs of one bucket side by side. */
export interface FloatWeights extends ModelShape {
  readonly grams: Float32Array;
  readonly signals: Float32Array;
  readonly bias: Float32Array;
}

/** Regularised logistic or softmax regression by AdaGrad; the same examples always give the same weights. */
export class LinearTrainer {
  private readonly weights: FloatWeights;
  private readonly gramSquares: Float32Array;
  private readonly signalSquares: Float32Array;
  private readonly biasSquares: Float32Array;
  private readonly errors: Float32Array;

  constructor(private readonly options: TrainingOptions) {
    const { outputs, gramBits, signalBits } = options;
    this.weights = {
      outputs,
      gramBits,
      signalBits,
      grams: new Float32Array(outputs << gramBits),
      signals: new Float32Array(outputs << signalBits),
      bias: new Float32Array(outputs),
    };
    this.gramSquares = new Float32Array(outputs << gramBits).fill(1e-4);
    this.signalSquares = new Float32Array(outputs << signalBits).fill(1e-4);
    this.biasSquares = new Float32Array(outputs).fill(1e-4);
    this.errors = new Float32Array(outputs);
  }

  train(all: readonly Example[], seed: number): FloatWeights {
    const examples = withoutRareFeatures(narrowed(all, this.options), this.options.minExamples);
    for (let epoch = 0; epoch < this.options.epochs; epoch++) {
      const rate = this.options.learningRate / (1 + epoch * 0.5);
      for (const at of shuffledOrder(examples.length, seed + epoch)) this.step(examples[at], rate);
    }
    return this.weights;
  }

  private step({ vector, target, weight }: Example, rate: number): void {
    const { outputs } = this.options;
    const { errors } = this;
    errors.set(floatLogits(this.weights, vector));
    toProbabilities(errors);
    for (let output = 0; output < outputs; output++) {
      const wanted = outputs === 1 ? target : Number(output === target);
      errors[output] = (errors[output] - wanted) * weight;
    }
    this.update(
      this.weights.grams,
      this.gramSquares,
      vector.gramBuckets,
      vector.gramValues,
      rate,
      this.options.gramDecay,
    );
    this.update(
      this.weights.signals,
      this.signalSquares,
      vector.signalBuckets,
      SIGNAL_VALUE,
      rate,
      this.options.signalDecay,
    );
    for (let output = 0; output < outputs; output++) {
      this.biasSquares[output] += errors[output] ** 2;
      this.weights.bias[output] -= (rate * errors[output]) / Math.sqrt(this.biasSquares[output]);
    }
  }

  private update(
    weights: Float32Array,
    squares: Float32Array,
    buckets: Int32Array,
    values: Float32Array | number,
    rate: number,
    decay: number,
  ): void {
    const { outputs } = this.options;
    for (let at = 0; at < buckets.length; at++) {
      const value = typeof values === 'number' ? values : values[at];
      const start = buckets[at] * outputs;
      for (let output = 0; output < outputs; output++) {
        const place = start + output;
        const gradient = this.errors[output] * value + decay * weights[place];
        squares[place] += gradient * gradient;
        weights[place] -= (rate * gradient) / Math.sqrt(squares[place]);
      }
    }
  }
}

/** The same examples in the buckets of a model. */
function narrowed(examples: readonly Example[], { gramBits, signalBits }: ModelShape): readonly Example[] {
  if (gramBits === GRAM_BITS && signalBits === SIGNAL_BITS) return examples;
  return examples.map(({ vector: { gramBuckets, gramValues, signalBuckets }, ...example }) => {
    const vector = {
      gramBuckets: gramBuckets.map((bucket) => bucket >>> (GRAM_BITS - gramBits)),
      gramValues,
      signalBuckets: signalBuckets.map((bucket) => bucket >>> (SIGNAL_BITS - signalBits)),
    };
    return { ...example, vector };
  });
}

/** What stands in few examples teaches nothing but those, and fills the model file. */
function withoutRareFeatures(examples: readonly Example[], minExamples: number): Example[] {
  const gramExamples = new Uint32Array(1 << GRAM_BITS);
  const signalExamples = new Uint32Array(1 << SIGNAL_BITS);
  for (const { vector } of examples) {
    for (const bucket of vector.gramBuckets) gramExamples[bucket]++;
    for (const bucket of vector.signalBuckets) signalExamples[bucket]++;
  }
  return examples.map(({ vector: { gramBuckets, gramValues, signalBuckets }, ...example }) => {
    const isKept = (bucket: number): boolean => gramExamples[bucket] >= minExamples;
    const vector = {
      gramBuckets: gramBuckets.filter(isKept),
      gramValues: gramValues.filter((_, at) => isKept(gramBuckets[at])),
      signalBuckets: signalBuckets.filter((bucket) => signalExamples[bucket] >= minExamples),
    };
    return { ...example, vector };
  });
}

/** Logits by unrounded weights. */
export function floatLogits({ outputs, grams, signals, bias }: FloatWeights, vector: Vector): Float32Array {
  const logits = bias.slice();
  for (let at = 0; at < vector.gramBuckets.length; at++) {
    const start = vector.gramBuckets[at] * outputs;
    for (let output = 0; output < outputs; output++) logits[output] += grams[start + output] * vector.gramValues[at];
  }
  for (const bucket of vector.signalBuckets) {
    for (let output = 0; output < outputs; output++)
      logits[output] += signals[bucket * outputs + output] * SIGNAL_VALUE;
  }
  return logits;
}

/** In place: a logistic function of one logit, a softmax of several. */
export function toProbabilities(logits: Float32Array): Float32Array {
  if (logits.length === 1) {
    logits[0] = 1 / (1 + Math.exp(-logits[0]));
    return logits;
  }
  const highest = logits.reduce((most, logit) => Math.max(most, logit));
  let sum = 0;
  for (let at = 0; at < logits.length; at++) sum += logits[at] = Math.exp(logits[at] - highest);
  for (let at = 0; at < logits.length; at++) logits[at] /= sum;
  return logits;
}
