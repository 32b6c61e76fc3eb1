/**
 * How long things take: a full run ends within five minutes, a quick one within one. `rounds` is for what has a target of its
 * own, `sideRounds` for the rest.
 */

export const FULL = {
  warmUpMs: 9_000,
  streamWarmUpMs: 3_000,
  drainWithinMs: 8_000,
  rounds: 3,
  sideRounds: 2,
  rates: [500, 1_000],
  runMs: 2_500,
  latencyRunMs: 3_500,
  openStreamsMs: 4_000,
};

export const QUICK = {
  warmUpMs: 1_500,
  streamWarmUpMs: 700,
  drainWithinMs: 2_000,
  rounds: 2,
  sideRounds: 1,
  rates: [500],
  runMs: 800,
  latencyRunMs: 1_000,
  openStreamsMs: 1_500,
};
