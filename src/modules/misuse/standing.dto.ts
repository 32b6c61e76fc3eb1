import type { CaseCause } from './cases/case.js';
import type { Level } from './behaviour/policy.js';

/** Where an account stands. */
export class Standing {
  user_id: number;
  user_email: string;
  user_name: string | null;
  /** `block` for everybody who is blocked, whatever for; else the level of the behaviour score. */
  level: Level;
  /** Behaviour score in nats, as of now. */
  score: number;
  /** Guardflow's deviation score in points, as of now. */
  deviation_score: number;
  /** False: the level is written down and not carried out, as yet or at all. */
  enforced: boolean;
  /** To how many requests a minute the account is slowed down; null when it is not. */
  throttled_per_minute: number | null;
  /** Time does not end the block, nor take a level that is not carried out down: a person has to. */
  needs_person: boolean;
  is_blocked: boolean;
  /** What the account is blocked for; null when it is not. */
  block_cause: CaseCause | null;
  /** Allow-listed: watched, and not acted upon. */
  is_exempt: boolean;
  scored_at: Date | null;
}
