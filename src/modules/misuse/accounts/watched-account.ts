import type { AccountHead } from '../behaviour/timeline.js';
import type { DeviationScore } from '../deviation/deviation-score.js';

/** An account as misuse control sees it, its row locked for the transaction. */
export interface WatchedAccount {
  readonly userId: number;
  /** False for ids without an account: they are scored, and nothing else. */
  readonly exists: boolean;
  /** Whether decisions are carried out. Administrators and allow-listed accounts are only watched. */
  readonly isActedUpon: boolean;
  readonly isBlocked: boolean;
  /** To how many requests a minute it is slowed down at present; null: it is not. */
  readonly throttledPerMinute: number | null;
  /** The case that the present block names. */
  readonly caseId: string | null;
  readonly behaviour: AccountHead;
  readonly deviation: DeviationScore;
}
