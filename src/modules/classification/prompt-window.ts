/** What is looked at of a long prompt: its beginning and its end, where instructions stand. */
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

export function promptWindow(text: string): PromptWindow {
  const cut =
    text.length <= PROMPT_HEAD_CHARS + PROMPT_TAIL_CHARS
      ? text
      : `${text.slice(0, PROMPT_HEAD_CHARS)}\n${text.slice(-PROMPT_TAIL_CHARS)}`;
  const body = cut.normalize('NFKC').replaceAll('’', "'").toLowerCase().trim();
  const ends =
    body.length <= LEAD_CHARS + LAST_CHARS ? body : `${body.slice(0, LEAD_CHARS)}\n${body.slice(-LAST_CHARS)}`;
  return { body, ends };
}
