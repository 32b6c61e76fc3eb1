/** What becomes of prompts and answers once they have been looked at: kept, kept without what is private, or deleted. */
export const CONTENT_MODES = ['keep', 'redact', 'drop'] as const;
export type ContentMode = (typeof CONTENT_MODES)[number];
