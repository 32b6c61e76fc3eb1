import type { QuantisedWeights } from '../model/linear-model.js';
import type { FloatWeights } from './linear-trainer.js';

/** Quantile of the sizes of the weights that becomes the greatest step. */
const CLIP_QUANTILE = 0.9995;

/** How weights are rounded. */
export interface Rounding {
  /** Steps from 0 to the greatest weight, 127 at most: fewer make a smaller file. */
  readonly steps: number;
  /** Steps under which a weight becomes 0. */
  readonly pruneBelow: number;
}

/** Rounds weights to 8 bits or fewer. */
export function quantise({ grams, signals, bias, ...shape }: FloatWeights, rounding: Rounding): QuantisedWeights {
  const { outputs } = shape;
  const gramScale = scales(grams, outputs, rounding);
  const signalScale = scales(signals, outputs, rounding);
  return {
    ...shape,
    grams: round(grams, gramScale, rounding),
    signals: round(signals, signalScale, rounding),
    gramScale,
    signalScale,
    bias: [...bias],
  };
}

/** The few greatest weights are clipped, so that the others keep their detail. */
function scales(weights: Float32Array, outputs: number, { steps }: Rounding): number[] {
  return Array.from({ length: outputs }, (_, output) => {
    const sizes = weights.filter((weight, at) => at % outputs === output && weight !== 0).map(Math.abs);
    sizes.sort();
    const clip = sizes.length === 0 ? 1 : sizes[Math.floor((sizes.length - 1) * CLIP_QUANTILE)];
    return (clip || 1) / steps;
  });
}

function round(weights: Float32Array, scale: readonly number[], { steps, pruneBelow }: Rounding): Int8Array {
  return Int8Array.from(weights, (weight, at) => {
    const rounded = Math.round(weight / scale[at % scale.length]);
    return Math.abs(rounded) < pruneBelow ? 0 : Math.max(-steps, Math.min(steps, rounded));
  });
}
