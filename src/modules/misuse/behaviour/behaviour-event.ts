/** Where an event stands in an account's history: by its own time, ties by id. Never by when it was heard of. */
export interface Cursor {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly id: string;
}

/** A prompt that was assessed. */
export interface PromptEvent extends Cursor {
  readonly kind: 'prompt';
  /** Equal for prompts that are the same but for case, spacing and the like. */
  readonly fingerprint: string;
  /** Alike for prompts of one template; see `areAlike`. */
  readonly shape: string;
  /** Misuse score, 0 to 1. */
  readonly score: number;
  /** Nats; see `weightOf`, and `weightWith` once there is a second opinion. */
  readonly weight: number;
  /** Names the client (such as a hash of its address); null when that is not known. */
  readonly client: string | null;
  /** A person found this to be a false positive: it counts for nothing. */
  readonly excluded: boolean;
  /** A second opinion cleared it: it weighs little, and is no longer one of the distinct flagged prompts. */
  readonly isCleared?: boolean;
}

/** A person looked at the account and lets it begin anew. */
export interface ResetEvent extends Cursor {
  readonly kind: 'reset';
}

export type BehaviourEvent = PromptEvent | ResetEvent;

export function compareCursors(a: Cursor, b: Cursor): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
