/** One inference call as the log routes show it. Texts are null once they have lapsed or were never kept. */
export class LedgerLogEntry {
  id: string;
  request_id: string;
  user_id: number;
  task_id: number | null;
  model: string;
  endpoint: string;
  prompt: string | null;
  response: string | null;
  /** One of Guardflow's five or `unknown`; null until the call has been analysed. */
  intent_classification: string | null;
  /** One of the thirteen or `unknown`; null until the call has been analysed. */
  intent: string | null;
  confidence_score: number | null;
  /** What the call added to the account's deviation score, in points; null without a task, or not analysed yet. */
  deviation_score_delta: number | null;
  user_score_before: number | null;
  user_score_after: number | null;
  /** Prompt and completion tokens together. */
  openai_tokens_used: number;
  prompt_tokens: number;
  completion_tokens: number;
  usage_source: string;
  cost_nano_usd: number;
  response_time_ms: number;
  status: string;
  /** An enumerated word, never upstream text. */
  error_message: string | null;
  /** When the call was admitted. */
  timestamp: Date;
}
