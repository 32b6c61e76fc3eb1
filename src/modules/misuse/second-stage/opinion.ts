import type { Intent } from '../../classification/intents.js';
import type { MisuseCategory } from '../../classification/misuse-categories.js';
import type { ModerationCategory } from './moderation-categories.js';

/** Outbox topic of prompts that a second opinion is wanted on. The second stage alone takes its rows. */
export const OPINION_WANTED = 'misuse.opinion';

export const INJECTIONS = ['none', 'suspected', 'attempt'] as const;
export type Injection = (typeof INJECTIONS)[number];

/** What the moderation endpoint says of a text. It is a classifier: nobody can talk to it. */
export interface ModerationView {
  /** Of the category that it is surest of, 0 to 1. */
  readonly score: number;
  readonly category: ModerationCategory;
  /** Those that it gave a score for: older models know fewer. */
  readonly scored: readonly ModerationCategory[];
}

/** What the language model says of a text. */
export interface ModelView {
  readonly intent: Intent;
  /** Whether the text tries to make a model break its rules. */
  readonly injection: Injection;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface Examination {
  readonly moderation: ModerationView;
  readonly model: ModelView;
  readonly costNanoUsd: number;
}

/** Why there is no second opinion. */
export type OpinionFailure =
  'timeout' | 'unavailable' | 'refused' | 'invalid_answer' | 'breaker_open' | 'budget_spent' | 'no_content';

export type Outcome = 'confirms' | 'clears' | 'unsure';

/** The local verdict, as far as a second opinion is compared with it. */
export interface LocalVerdict {
  readonly harm: number;
  readonly attack: number;
  /** Null when none was named. */
  readonly category: MisuseCategory | null;
  /** Nats. */
  readonly weight: number;
}

/** A second opinion with which a flagged prompt is weighed anew, or why there is none. */
export type Opinion = { readonly costNanoUsd: number } & (
  | { readonly outcome: Outcome; readonly weight: number; readonly examination: Examination; readonly failure: null }
  | { readonly outcome: null; readonly failure: OpinionFailure }
);
