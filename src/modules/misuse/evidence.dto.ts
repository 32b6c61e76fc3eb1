import { SecondOpinion } from './second-opinion.dto.js';

/** A flagged prompt as a reviewer sees it. */
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
  /** Null: nobody was asked, or there is no answer yet. */
  second_opinion: SecondOpinion | null;
}
