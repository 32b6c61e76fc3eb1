import type { Cursor } from './behaviour-event.js';
import type { Level } from './policy.js';

/** A flagged prompt that counts as one of the distinct ones. */
export interface FlaggedPrompt {
  readonly at: number;
  readonly fingerprint: string;
  readonly shape: string;
  /** It still counts once a day, and is none of those that a level takes. */
  readonly isCleared?: true;
}

/** Where an account stands: a fold over its events. Plain JSON, so that it can be stored as it is. */
export interface BehaviourState {
  /** The last event that is in here; null before the first. */
  readonly cursor: Cursor | null;
  /** The time that the decaying numbers are good for, in milliseconds since 1970. */
  readonly at: number;
  /** The CUSUM, in nats: never below 0. */
  readonly suspicion: number;
  /** Confident hits and ordinary prompts of late. */
  readonly hits: number;
  readonly ordinaryPrompts: number;
  /** Prompts that came while several clients shared the account. */
  readonly crowd: number;
  readonly clients: readonly { readonly client: string; readonly at: number }[];
  readonly level: Level;
  /** When the level was entered. */
  readonly since: number;
  readonly flagged: readonly FlaggedPrompt[];
  /** Fingerprints of the last ordinary prompts. */
  readonly ordinary: readonly string[];
  /** When the account was blocked before. */
  readonly blocks: readonly number[];
  /** Only a person lifts the present block. */
  readonly heldForPerson: boolean;
}

/** A change of level. */
export interface Transition {
  readonly from: Level;
  readonly to: Level;
  readonly at: number;
  /** Request id of the prompt that did it; null when time did. */
  readonly eventId: string | null;
  readonly suspicion: number;
  readonly signal: 'suspicion' | 'surprise' | 'crowd' | 'decay' | 'review';
}

export const INITIAL_STATE: BehaviourState = {
  cursor: null,
  at: 0,
  suspicion: 0,
  hits: 0,
  ordinaryPrompts: 0,
  crowd: 0,
  clients: [],
  level: 'normal',
  since: 0,
  flagged: [],
  ordinary: [],
  blocks: [],
  heldForPerson: false,
};
