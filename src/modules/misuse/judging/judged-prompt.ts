import { classifyPrompt } from '../../classification/prompt-classifier.js';
import type { PromptVerdict } from '../../classification/prompt-classifier.js';
import { fingerprintOf } from '../behaviour/fingerprint.js';

/** What the text of a prompt says by itself. */
export interface JudgedPrompt {
  readonly verdict: PromptVerdict;
  readonly fingerprint: string;
  readonly shape: string;
}

export function judgePrompt(text: string): JudgedPrompt {
  return { verdict: classifyPrompt(text), ...fingerprintOf(text) };
}
