import { GUARD_INTENT } from './intents.js';
import type { GuardIntent, Intent } from './intents.js';
import type { PromptWindow } from './prompt-window.js';

const ABOUT_TESTS =
  /\b(?:(?:unit|integration|regression|acceptance|end-to-end|e2e|smoke|load) ?-?tests?|test (?:cases?|suite|plan|coverage|data|doubles?)|(?:write|add|generate) (?:\w{1,20} ){0,2}tests?\b|pytest|jest|junit|mocha|cypress|playwright|selenium|mocks? for|qa (?:plan|checklist))\b/;
const ABOUT_DOCUMENTATION =
  /\b(?:docstrings?|readme|javadoc|jsdoc|changelog|release notes|api (?:docs?|documentation|reference)|(?:technical|user|code) documentation|document (?:this|the|my|these) (?:code|function|class|api|module|endpoint)s?|(?:add|write) (?:code |inline )?comments?)\b/;
const INTENTS_WITH_DOCUMENTATION: ReadonlySet<Intent> = new Set(['coding', 'writing', 'summarization', 'extraction']);
const INTENTS_WITH_TESTS: ReadonlySet<Intent> = new Set(['coding', 'debugging', 'writing', 'brainstorming']);

/** Guardflow's word for an intent, given the words of the prompt. */
export function guardIntentOf(intent: Intent, { ends }: PromptWindow): GuardIntent {
  if (INTENTS_WITH_DOCUMENTATION.has(intent) && ABOUT_DOCUMENTATION.test(ends)) return 'documentation';
  if (INTENTS_WITH_TESTS.has(intent) && ABOUT_TESTS.test(ends)) return 'testing';
  return GUARD_INTENT[intent];
}
