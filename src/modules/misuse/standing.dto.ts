import type { Level } from './behaviour/policy.js';

/** Where an account stands. */
export class Standing {
  user_id: number;
  user_email: string;
  user_name: string | null;
  level: Level;
  /** Behaviour score in nats, as of now. */
  score: number;
  /** Guardflow's deviation score in points, as of now. */
  deviation_score: number;
  is_blocked: boolean;
  /** Allow-listed: watched, and not acted upon. */
  is_exempt: boolean;
  scored_at: Date | null;
}
