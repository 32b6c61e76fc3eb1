import type { MisuseCategory } from '../../classification/misuse-categories.js';

/** What a person made of a flagged prompt, one by one or with its case. */
export const VERDICTS = ['false_positive', 'confirmed'] as const;
export type ReviewVerdict = (typeof VERDICTS)[number];

/** A line of the calibration file: what the classifiers said of a prompt, and what a person made of it. */
export interface ReviewedPrompt {
  readonly verdict: ReviewVerdict;
  readonly request_id: string;
  readonly user_id: number;
  readonly at: string;
  /** 0 to 1, as are the heads. */
  readonly score: number;
  readonly harm: number;
  readonly attack: number;
  readonly category: MisuseCategory | null;
  /** Nats, by the local verdict. */
  readonly weight: number;
  readonly model_version: string;
  /** Beginning of the prompt; null when content is not kept. */
  readonly excerpt: string | null;
}
