/** A window opens with the first attempt that counts and closes this much later. */
export const ATTEMPT_WINDOW_MS = 60_000;

export interface AttemptLimit {
  /** Attempts a window from one address, whatever the account. */
  readonly perAddress: number;
  /**
   * Attempts a window on one account from one address. Never on an account alone: whoever knows a name could lock its
   * owner out. Null where a request names no account.
   */
  readonly perAccountAndAddress: number | null;
  /** Whether an attempt that succeeds counts too; otherwise only those that fail do. */
  readonly countsSuccesses: boolean;
}

/** Routes with the same purpose share a count, whatever their path. */
export const ATTEMPT_LIMITS = {
  login: { perAddress: 60, perAccountAndAddress: 10, countsSuccesses: false },
  google: { perAddress: 60, perAccountAndAddress: null, countsSuccesses: false },
  password: { perAddress: 60, perAccountAndAddress: 10, countsSuccesses: false },
  invitation: { perAddress: 60, perAccountAndAddress: null, countsSuccesses: false },
  refresh: { perAddress: 300, perAccountAndAddress: null, countsSuccesses: false },
  register: { perAddress: 100, perAccountAndAddress: 10, countsSuccesses: true },
} as const satisfies Record<string, AttemptLimit>;

export type AttemptPurpose = keyof typeof ATTEMPT_LIMITS;
