/** What a harmful prompt, or an attack on the model, is about. */
export const MISUSE_CATEGORIES = [
  'prompt_injection',
  'jailbreak',
  'malware_cyber',
  'weapons_violence',
  'drugs',
  'self_harm',
  'sexual',
  'hate_harassment',
  'fraud',
  'privacy',
  'misinformation',
  'illegal_activity',
] as const;

export type MisuseCategory = (typeof MISUSE_CATEGORIES)[number];

/** Categories of the attack head; all others belong to the harm head. */
export const ATTACK_CATEGORIES: ReadonlySet<MisuseCategory> = new Set(['prompt_injection', 'jailbreak']);

export interface MisuseVerdict {
  /** 0 to 1: harm or attack. At 0.5, one in a hundred ordinary prompts of unknown origin lies above. */
  readonly score: number;
  /** The likeliest one; null below `CATEGORY_FLOOR`. */
  readonly category: MisuseCategory | null;
  readonly heads: {
    /** 0 to 1: asks for help with something harmful. */
    readonly harm: number;
    /** 0 to 1: tries to make the model break or reveal its instructions. */
    readonly attack: number;
  };
}

/** Score from which a category is named. */
export const CATEGORY_FLOOR = 0.2;
