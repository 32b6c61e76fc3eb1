import type { IntentVerdict } from './intents.js';
import { classifyPrompt } from './prompt-classifier.js';

/** Says what a prompt is for. Pure. `unknown` with confidence 0 when no intent is likely enough. */
export function classifyIntent(text: string): IntentVerdict {
  const { intent, guardIntent, confidence } = classifyPrompt(text);
  return { intent, guardIntent, confidence };
}
