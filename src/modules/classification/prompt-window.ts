/** What is kept of a long prompt for the classifiers: its beginning and its end, where instructions stand. */
export const PROMPT_HEAD_CHARS = 4_000;
export const PROMPT_TAIL_CHARS = 2_000;

const LEAD_CHARS = 400;
const LAST_CHARS = 400;

/** The parts of a prompt that the rules look at, in lower case and of bounded length. */
export interface PromptWindow {
  /** Head and tail: code, tables and numbers may stand anywhere in it. */
  readonly body: string;
  /** First and last words, where it says what to do. */
  readonly ends: string;
}

/** @param text normalised and of bounded length */
export function promptWindow(text: string): PromptWindow {
  const body = text.trim();
  const ends =
    body.length <= LEAD_CHARS + LAST_CHARS ? body : `${body.slice(0, LEAD_CHARS)}\n${body.slice(-LAST_CHARS)}`;
  return { body, ends };
}
