import { INTENT_RULES } from './intent-rules.js';
import type { IntentRule } from './intent-rules.js';
import { promptFeatures } from './features/prompt-features.js';
import type { FeatureSet } from './features/feature-set.js';
import { promptWindow } from './prompt-window.js';
import type { PromptWindow } from './prompt-window.js';
import { promptParts } from './text/prompt-parts.js';

const RULE_NAMES = new Map(INTENT_RULES.map((rule, index) => [rule, `rule ${String(index)} ${rule.intent}`]));

/** What the classifier and its training read of a prompt, in the same way. */
export interface PromptReading {
  readonly window: PromptWindow;
  /** The first intent rule that applies. */
  readonly rule: IntentRule | undefined;
  /** Whether there is a word in it. */
  readonly hasWords: boolean;
  /** Of the whole. Valid until `partFeatures` or another reading is asked for. */
  features(): FeatureSet;
  /** Number of parts of a long text; 0 for a short one. */
  readonly partCount: number;
  /** Of one part. Valid until the next call. */
  partFeatures(part: number): FeatureSet;
}

/** Pure apart from reusing the memory of the features. */
export function readPrompt(text: string): PromptReading {
  const { whole, additions, parts } = promptParts(text);
  const window = promptWindow(whole);
  const rule = matchingRule(window);
  return {
    window,
    rule,
    hasWords: /\p{L}/u.test(whole),
    features: () => promptFeatures(whole, additions, marksOf(rule)),
    partCount: parts.length,
    partFeatures: (part) => promptFeatures(parts[part]),
  };
}

function matchingRule(window: PromptWindow): IntentRule | undefined {
  return INTENT_RULES.find(
    ({ where, pattern, unless }) => pattern.test(window[where]) && !(unless?.test(window[where]) ?? false),
  );
}

/** The rule by name, so that the model can trust it as far as it was right. */
function marksOf(rule: IntentRule | undefined): string[] {
  if (rule === undefined) return ['no rule'];
  return [RULE_NAMES.get(rule) ?? '', `rule for ${rule.intent}`];
}
