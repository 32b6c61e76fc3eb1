import type { GuardIntent } from '../classification/intents.js';

/** By name, so that none can be forgotten. */
const KNOWN: Readonly<Record<GuardIntent, true>> = {
  coding: true,
  testing: true,
  documentation: true,
  research: true,
  off_topic: true,
};

/**
 * Guardflow takes any word for an intent, so none is refused; but what no call is ever found to be allows nothing, and with
 * nothing else in the list every call with an intent is outside of its task.
 */
export function warningsOf(allowedIntents: readonly string[]): string[] {
  const unknown = allowedIntents.filter((intent) => !Object.hasOwn(KNOWN, intent));
  if (unknown.length === 0) return [];
  const names = unknown.map((intent) => `'${intent}'`).join(', ');
  const effect =
    unknown.length === allowedIntents.length
      ? 'every call with a known intent is outside of this task'
      : 'that allows nothing';
  return [`allowed_intents: no call is ever ${names}: ${effect}. Known are ${Object.keys(KNOWN).join(', ')}.`];
}
