import { decodedBase64, plainSpellings } from './hidden-text.js';
import { normalisePrompt } from './normalise-prompt.js';

const HEAD_CHARS = 1_500;
const TAIL_CHARS = 800;
const MIDDLE_WINDOWS = 3;
const MIDDLE_CHARS = 220;
const PART_CHARS = 400;
/** Texts up to this length are looked at as a whole only. */
const WHOLE_CHARS = 700;

/** A prompt as the models see it; all of it normalised. */
export interface PromptParts {
  /** Head, windows of the middle and tail; all of it when it is short. */
  readonly whole: string;
  /** What is hidden in `whole` or in the prompt: letters behind digits, base64. */
  readonly additions: string;
  /** Beginning, end and windows of a long text, each for itself: an attack must not drown in it. */
  readonly parts: readonly string[];
}

/** Pure; linear in a bounded part of the text. */
export function promptParts(text: string): PromptParts {
  const bounded = text.length <= HEAD_CHARS + TAIL_CHARS ? text : boundedText(text);
  const whole = normalisePrompt(bounded);
  const additions = [plainSpellings(whole), decodedBase64(bounded)].filter((found) => found !== '').join('\n');
  return { whole, additions, parts: whole.length <= WHOLE_CHARS ? [] : partsOf(whole) };
}

function boundedText(text: string): string {
  const middle = text.slice(HEAD_CHARS, -TAIL_CHARS);
  const windows = [];
  if (middle.length <= MIDDLE_WINDOWS * MIDDLE_CHARS) windows.push(middle);
  else {
    const step = (middle.length - MIDDLE_CHARS) / (MIDDLE_WINDOWS - 1);
    for (let window = 0; window < MIDDLE_WINDOWS; window++) {
      const start = Math.floor(window * step);
      windows.push(middle.slice(start, start + MIDDLE_CHARS));
    }
  }
  return [text.slice(0, HEAD_CHARS), ...windows, text.slice(-TAIL_CHARS)].join('\n');
}

function partsOf(whole: string): string[] {
  const parts = [whole.slice(0, PART_CHARS), whole.slice(-PART_CHARS)];
  if (whole.length > 2 * PART_CHARS) {
    const middle = Math.floor((whole.length - PART_CHARS) / 2);
    parts.push(whole.slice(middle, middle + PART_CHARS));
  }
  return parts;
}
