import type { QuantisedWeights } from '../model/linear-model.js';
import type { FloatWeights } from './linear-trainer.js';

/** Quantile of the sizes of the weights that becomes the greatest step. */
const CLIP_QUANTILE = 0.9995;

/**
 * Rounds weights to 8 bits.
 * @param pruneBelow steps of the 127 under which a weight becomes 0
 */
export function quantise({ outputs, grams, signals, bias }: FloatWeights, pruneBelow: number): QuantisedWeights {
  const gramScale = scales(grams, outputs);
  const signalScale = scales(signals, outputs);
  return {
    outputs,
    grams: round(grams, gramScale, pruneBelow),
    signals: round(signals, signalScale, pruneBelow),
    gramScale,
    signalScale,
    bias: [...bias],
  };
}

/** The few greatest weights are clipped, so that the others keep their detail. */
function scales(weights: Float32Array, outputs: number): number[] {
  return Array.from({ length: outputs }, (_, output) => {
    const sizes = weights.filter((weight, at) => at % outputs === output && weight !== 0).map(Math.abs);
    sizes.sort();
    const clip = sizes.length === 0 ? 1 : sizes[Math.floor((sizes.length - 1) * CLIP_QUANTILE)];
    return (clip || 1) / 127;
  });
}

function round(weights: Float32Array, scale: readonly number[], pruneBelow: number): Int8Array {
  return Int8Array.from(weights, (weight, at) => {
    const steps = Math.round(weight / scale[at % scale.length]);
    return Math.abs(steps) < pruneBelow ? 0 : Math.max(-127, Math.min(127, steps));
  });
}
