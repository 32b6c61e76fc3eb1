import { SetMetadata } from '@nestjs/common';

export const REFUSAL_WORDS = 'gatehouse:refusal-words';

/** What a route's own contract says to callers who are not let in, where that differs from what others say. */
export interface RefusalWords {
  /** 401 without any credential. */
  readonly missing?: string;
  /** 401 with one that is no good, whatever is wrong with it. */
  readonly invalid?: string;
  /** 403 of an account that was closed. */
  readonly inactive?: string;
  /** The scheme in `WWW-Authenticate`; Bearer when left out. */
  readonly challenge?: string;
}

/** Refuses callers in the words that clients of this route know. */
export const RefusesWith = (words: RefusalWords) => SetMetadata(REFUSAL_WORDS, words);

/** Guardflow's, on its proxy and its user routes. */
export const GUARDFLOW_WORDS: RefusalWords = {
  missing: 'Invalid API token',
  invalid: 'Invalid API token',
  inactive: 'User account is disabled',
};
