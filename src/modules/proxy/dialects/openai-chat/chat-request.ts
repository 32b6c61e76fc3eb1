import type { JsonObject } from '../../json/json-object.js';
import type { PromptEstimate } from './estimate.js';

/** A prompt as its dialect knows it. */
export interface PlainPrompt {
  /** For the analysis. */
  readonly text: string;
  readonly estimate: PromptEstimate;
}

/** The two names under which a client may bound the completion. */
export type CompletionLimitField = 'max_tokens' | 'max_completion_tokens';

/**
 * The facts of a validated request that we act on, whatever its dialect. All else passes through as bytes. The older
 * completions and the embeddings have no messages, but a prompt of their own.
 */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The client asked for the usage chunk at the end of its stream. */
  readonly wantsUsageChunk: boolean;
  /** The client's bound on one choice in tokens, the smaller if it gave two; null if it gave none. */
  readonly completionTokensAsked: number | null;
  /** The names that the client used for that bound. */
  readonly limitFields: readonly CompletionLimitField[];
  /** `n`. */
  readonly choices: number;
  readonly messages: readonly JsonObject[];
  /** Where the prompt is not in the messages, or they are not all of it. */
  readonly prompt?: PlainPrompt;
  /** The task that the call belongs to; null or left out when the client named none, or its dialect knows no tasks. */
  readonly taskId?: number | null;
  readonly body: JsonObject;
  /** The body's bytes as they came. */
  readonly rawBody: Buffer;
}
