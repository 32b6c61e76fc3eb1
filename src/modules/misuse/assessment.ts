import type { OutboxItem } from '../../queue/outbox-job.js';
import type { PromptVerdict } from '../classification/prompt-classifier.js';

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
