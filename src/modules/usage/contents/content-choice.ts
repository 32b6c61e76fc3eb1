/** What becomes of prompts and answers once they have been looked at: kept, kept without what is private, or deleted. */
export const CONTENT_MODES = ['keep', 'redact', 'drop'] as const;
export type ContentMode = (typeof CONTENT_MODES)[number];

/** What an account, or else the operator, chose. */
export interface ContentChoice {
  readonly contents: ContentMode;
  /** False: it is the operator's choice, `CONTENT_MODE`. */
  readonly is_own_choice: boolean;
}
