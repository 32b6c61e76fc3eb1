/** What the second stage said of a flagged prompt, as a reviewer sees it. */
export class SecondOpinion {
  /** Null: there is none, for the reason in `failure`. */
  outcome: 'confirms' | 'clears' | 'unsure' | null;
  failure: string | null;
  /** Nats: what the prompt counts with, in place of its local weight. */
  weight: number | null;
  moderation_score: number | null;
  moderation_category: string | null;
  intent: string | null;
  injection: string | null;
  confidence: number | null;
  model_version: string;
  given_at: string;
}
