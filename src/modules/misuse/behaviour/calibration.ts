/**
 * How often prompts of honest accounts, and how often attacks, get a score in each band; measured on prompts whose source the
 * classifier did not know (docs/misuse.md). Honest means the worst of them here: accounts whose work looks unsafe. A weight
 * is the log-likelihood ratio between an account a fifth of whose prompts are attacks and such an honest one. Part of every
 * stored weight's model version.
 */
export const CALIBRATION_VERSION = 'c2';

export interface Band {
  /** Lowest score of the band, 0 to 1. */
  readonly from: number;
  /** Part of the prompts of honest accounts. */
  readonly honest: number;
  /** Part of the attacks. */
  readonly attack: number;
}

export const BANDS: readonly Band[] = [
  { from: 0.9, honest: 0.003, attack: 0.25 },
  { from: 0.7, honest: 0.025, attack: 0.17 },
  { from: 0.5, honest: 0.033, attack: 0.15 },
  { from: 0, honest: 0.939, attack: 0.43 },
];

/** Part of the prompts of an account that misuses the gateway which are attacks. */
export const ATTACKS_OF_AN_ATTACKER = 0.2;

/** From this score on a prompt is flagged: it is evidence, and not a word in favour. */
export const FLAGGED_FROM = 0.5;
/** From this score on a hit counts for the Poisson surprise. */
export const CONFIDENT_FROM = 0.9;
/** Part of the prompts of honest accounts that are confident hits. */
export const CONFIDENT_HONEST_RATE = BANDS[0].honest;

/** The weight of one prompt in nats, from its misuse score: above 0 for flagged prompts, below 0 for ordinary ones. */
export function weightOf(score: number): number {
  const { honest, attack } = BANDS.find(({ from }) => score >= from) ?? BANDS[BANDS.length - 1];
  return Math.log((ATTACKS_OF_AN_ATTACKER * attack + (1 - ATTACKS_OF_AN_ATTACKER) * honest) / honest);
}
