import { SecondOpinion } from './second-opinion.dto.js';

/** A flagged prompt, or a request outside of its task, as a reviewer sees it. */
export class Evidence {
  request_id: string;
  at: Date;
  score: number;
  harm: number;
  attack: number;
  category: string | null;
  /** Nats that the prompt speaks for misuse, by the local verdict. */
  weight: number;
  model_version: string;
  /** Beginning of the prompt; null when content is not kept. */
  excerpt: string | null;
  /** Set: a person found it to be a false positive, and it no longer counts. */
  excluded_at: Date | null;
  /** What it was for, in Guardflow's words. */
  guard_intent: string;
  task_id: number | null;
  /** Points that it added to the deviation score; null without a task. */
  deviation_delta: number | null;
  /** Null: nobody was asked, or there is no answer yet. */
  second_opinion: SecondOpinion | null;
}
