import type { ContentMode } from './content-mode.js';

/** What an account, or else the operator, chose. */
export class ContentChoice {
  contents: ContentMode;
  /** False: it is the operator's choice, `CONTENT_MODE`. */
  is_own_choice: boolean;
}
