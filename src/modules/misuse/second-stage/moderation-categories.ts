import type { MisuseCategory } from '../../classification/misuse-categories.js';

/** The categories of the moderation endpoint that are misuse. Texts about oneself in need, such as self-harm, are none. */
export const MODERATION_CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm/instructions',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const;

export type ModerationCategory = (typeof MODERATION_CATEGORIES)[number];

/**
 * Where the moderation endpoint would have to find what was found locally. Empty: by what is said of its categories it does
 * not look for that at all, so its silence means nothing. Attacks on a model are among those.
 */
const FOUND_IN: Readonly<Record<MisuseCategory, readonly ModerationCategory[]>> = {
  weapons_violence: ['violence', 'illicit/violent'],
  drugs: ['illicit'],
  illegal_activity: ['illicit'],
  self_harm: ['self-harm/instructions'],
  sexual: ['sexual', 'sexual/minors'],
  hate_harassment: ['hate', 'harassment'],
  malware_cyber: [],
  fraud: [],
  privacy: [],
  misinformation: [],
  prompt_injection: [],
  jailbreak: [],
};

/** Whether an answer with these categories says anything about prompts of a category; of an unknown one it does not. */
export function coversCategory(scored: readonly ModerationCategory[], category: MisuseCategory | null): boolean {
  if (category === null) return false;
  const wanted = FOUND_IN[category];
  return wanted.length > 0 && wanted.every((one) => scored.includes(one));
}
