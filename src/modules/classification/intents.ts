/** What a prompt can be for. */
export const INTENTS = [
  'coding',
  'debugging',
  'writing',
  'summarization',
  'translation',
  'question_answering',
  'math',
  'data_analysis',
  'extraction',
  'brainstorming',
  'roleplay',
  'chitchat',
  'other',
] as const;

export type Intent = (typeof INTENTS)[number];

/** Guardflow's five: what tasks are allowed or not. */
export const GUARD_INTENTS = ['coding', 'testing', 'documentation', 'research', 'off_topic'] as const;
export type GuardIntent = (typeof GUARD_INTENTS)[number];

export interface IntentVerdict {
  readonly intent: Intent | 'unknown';
  readonly guardIntent: GuardIntent | 'unknown';
  /** 0 to 1; 0 for `unknown`. */
  readonly confidence: number;
}

export const UNKNOWN_INTENT: IntentVerdict = { intent: 'unknown', guardIntent: 'unknown', confidence: 0 };

/** Guardflow's word for each intent, unless the prompt is about tests or documentation. */
export const GUARD_INTENT: Readonly<Record<Intent, GuardIntent>> = {
  coding: 'coding',
  debugging: 'coding',
  writing: 'off_topic',
  summarization: 'research',
  translation: 'off_topic',
  question_answering: 'research',
  math: 'research',
  data_analysis: 'research',
  extraction: 'research',
  brainstorming: 'research',
  roleplay: 'off_topic',
  chitchat: 'off_topic',
  other: 'off_topic',
};
