import type { OutboxItem } from '../../queue/outbox-job.js';
import type { PromptVerdict } from './prompt-judge.js';

/** A settled call as the analysis needs it. */
export interface SettledCall extends OutboxItem {
  readonly apiKeyId: number | null;
  readonly taskId: number | null;
  readonly totalTokens: number;
  /** Names the client that made the call; null when it is not known. */
  readonly client: string | null;
  /** What is new in the prompt: the turns after those of an earlier call of the same conversation. Empty: not kept. */
  readonly prompt: string;
}

/** A call and what was found out about it. */
export interface AssessedCall extends SettledCall {
  readonly verdict: PromptVerdict;
  readonly fingerprint: string;
  readonly shape: string;
  /** Nats; see `weightOf`. */
  readonly weight: number;
}

/** What one request under a task did to the account's deviation score, in points. */
export interface DeviationEntry {
  readonly requestId: string;
  readonly delta: number;
  readonly before: number;
  readonly after: number;
}

/** What the second stage said of a flagged prompt, as a reviewer sees it. */
export interface SecondOpinion {
  /** Null: there is none, for the reason in `failure`. */
  readonly outcome: 'confirms' | 'clears' | 'unsure' | null;
  readonly failure: string | null;
  /** Nats: what the prompt counts with, in place of its local weight. */
  readonly weight: number | null;
  readonly moderation_score: number | null;
  readonly moderation_category: string | null;
  readonly intent: string | null;
  readonly injection: string | null;
  readonly confidence: number | null;
  readonly model_version: string;
  readonly given_at: string;
}

/** A flagged prompt, or a request outside of its task, as a reviewer sees it. */
export interface Evidence {
  readonly request_id: string;
  readonly at: Date;
  readonly score: number;
  readonly harm: number;
  readonly attack: number;
  readonly category: string | null;
  /** Nats that the prompt speaks for misuse, by the local verdict. */
  readonly weight: number;
  readonly model_version: string;
  /** Beginning of the prompt; null when content is not kept. */
  readonly excerpt: string | null;
  /** Set: a person found it to be a false positive, and it no longer counts. */
  readonly excluded_at: Date | null;
  /** What it was for, in Guardflow's words. */
  readonly guard_intent: string;
  readonly task_id: number | null;
  /** Points that it added to the deviation score; null without a task. */
  readonly deviation_delta: number | null;
  /** Null: nobody was asked, or there is no answer yet. */
  readonly second_opinion: SecondOpinion | null;
}
