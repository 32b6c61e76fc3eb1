import { advance, levelAbove } from './advance.js';
import type { Advanced } from './advance.js';
import type { BehaviourEvent, PromptEvent } from './behaviour-event.js';
import { INITIAL_STATE } from './behaviour-state.js';
import type { BehaviourState, FlaggedPrompt, Transition } from './behaviour-state.js';
import { CONFIDENT_FROM, FLAGGED_FROM } from './calibration.js';
import { areAlike } from './fingerprint.js';
import {
  CROWD_CLIENTS,
  CROWD_WARNS_AT,
  CROWD_WINDOW_MS,
  DAY_MS,
  EXIT_FRACTION,
  FLAGGED_KEPT,
  FLAGGED_KEPT_MS,
  LEVELS,
  MOST_FOR_VOLUME,
  ORDINARY_KEPT,
  REPEAT_WITHIN_MS,
  STEPS,
  SURPRISE_THROTTLES_AT,
  SURPRISE_WARNS_AT,
  TEMPLATE_SATURATION,
  VOLUME_ALLOWED,
} from './policy.js';
import type { Level } from './policy.js';
import { surprise } from './surprise.js';

/** Folds events, in the order of their cursors, into a state. Pure: the same events always give the same state. */
export function fold(start: BehaviourState, events: readonly BehaviourEvent[]): Advanced {
  let state = start;
  const transitions: Transition[] = [];
  for (const event of events) {
    const advanced = advance(state, event.at);
    const applied = apply(advanced.state, event);
    transitions.push(...advanced.transitions, ...applied.transitions);
    state = { ...applied.state, cursor: { at: event.at, id: event.id } };
  }
  return { state, transitions };
}

function apply(state: BehaviourState, event: BehaviourEvent): Advanced {
  if (event.kind === 'prompt') return escalated(withPrompt(state, event), event);
  const transitions =
    state.level === 'normal'
      ? []
      : [{ from: state.level, to: 'normal', at: event.at, eventId: null, suspicion: 0, signal: 'review' } as const];
  return { state: { ...INITIAL_STATE, at: state.at, since: event.at, blocks: state.blocks }, transitions };
}

function withPrompt(state: BehaviourState, event: PromptEvent): BehaviourState {
  const crowded = withClient(state, event);
  if (event.excluded) return crowded;
  return event.score >= FLAGGED_FROM ? withFlagged(crowded, event) : withOrdinary(crowded, event);
}

/** Evidence. The same prompt counts once a day, and a template less and less. */
function withFlagged(state: BehaviourState, event: PromptEvent): BehaviourState {
  const recent = state.flagged.filter(({ at }) => at > event.at - FLAGGED_KEPT_MS);
  const isRepeated = recent.some((one) => dayOf(one.at) === dayOf(event.at) && one.fingerprint === event.fingerprint);
  if (isRepeated) return state;
  const part = nthOfTemplate(recent, event) ** TEMPLATE_SATURATION;
  const { at, fingerprint, shape } = event;
  return {
    ...state,
    suspicion: state.suspicion + event.weight * part,
    hits: state.hits + (isHit(event) ? part : 0),
    flagged: [
      ...recent.slice(1 - FLAGGED_KEPT),
      { at, fingerprint, shape, ...(event.isCleared === true && { isCleared: true }) },
    ],
  };
}

/** 1 for a template that is new; more by each of its prompts of the day, and by each day before that had any. */
function nthOfTemplate(recent: readonly FlaggedPrompt[], event: PromptEvent): number {
  const days = recent.filter(({ shape }) => areAlike(shape, event.shape)).map(({ at }) => dayOf(at));
  const today = dayOf(event.at);
  return 1 + days.filter((day) => day === today).length + new Set(days.filter((day) => day !== today)).size;
}

/** A word in favour, unless it was said just before. */
function withOrdinary(state: BehaviourState, event: PromptEvent): BehaviourState {
  if (state.ordinary.includes(event.fingerprint)) return state;
  return {
    ...state,
    suspicion: Math.max(0, state.suspicion + event.weight),
    ordinaryPrompts: state.ordinaryPrompts + 1,
    ordinary: [...state.ordinary.slice(1 - ORDINARY_KEPT), event.fingerprint],
  };
}

function withClient(state: BehaviourState, { client, at }: PromptEvent): BehaviourState {
  if (client === null) return state;
  const clients = [
    ...state.clients.filter((seen) => seen.client !== client && seen.at > at - CROWD_WINDOW_MS),
    { client, at },
  ];
  return { ...state, clients, crowd: state.crowd + (clients.length >= CROWD_CLIENTS ? 1 : 0) };
}

/** At most one level up per prompt. */
function escalated(state: BehaviourState, event: PromptEvent): Advanced {
  const to = levelAbove(state.level);
  const signal = to === null ? null : signalFor(state, to, event);
  if (to === null || signal === null) return { state, transitions: [] };
  const { suspicion, level: from } = state;
  const blocks = to === 'block' ? [...state.blocks, event.at] : state.blocks;
  return {
    state: { ...state, level: to, since: event.at, blocks, heldForPerson: isRepeated(blocks) && to === 'block' },
    transitions: [{ from, to, at: event.at, eventId: event.id, suspicion, signal }],
  };
}

/** What speaks for entering the level; null when nothing does. */
function signalFor(
  state: BehaviourState,
  to: Exclude<Level, 'normal'>,
  event: PromptEvent,
): Exclude<Transition['signal'], 'decay' | 'review'> | null {
  const step = STEPS[to];
  const hasEvidence = distinctFlagged(state, event.at) >= step.distinctPrompts;
  if (hasEvidence && state.suspicion >= step.suspicion + allowanceFor(state)) return 'suspicion';
  if (to === 'block') return null;
  const surprisedAt = to === 'warn' ? SURPRISE_WARNS_AT : SURPRISE_THROTTLES_AT;
  if (hasEvidence && isHit(event) && surprise(state.hits, state.ordinaryPrompts) >= surprisedAt) return 'surprise';
  return to === 'warn' && state.crowd >= CROWD_WARNS_AT ? 'crowd' : null;
}

/** By how much more suspicion somebody who writes much has to come up, in nats. */
function allowanceFor({ ordinaryPrompts }: BehaviourState): number {
  return Math.min(MOST_FOR_VOLUME, Math.log(Math.max(1, ordinaryPrompts / VOLUME_ALLOWED)));
}

function isHit({ score, excluded, isCleared }: PromptEvent): boolean {
  return score >= CONFIDENT_FROM && !excluded && isCleared !== true;
}

/** Different prompts that were flagged in the last days, and not cleared. */
export function distinctFlagged(state: BehaviourState, now: number): number {
  const recent = state.flagged.filter(({ at, isCleared }) => at > now - FLAGGED_KEPT_MS && isCleared !== true);
  return new Set(recent.map(({ fingerprint }) => fingerprint)).size;
}

/**
 * The level that the evidence of now carries. The block level may be kept for longer, by its dwell or for a person; a level
 * that was never carried out is not acted upon for that alone.
 */
export function carriedLevel(state: BehaviourState): Level {
  if (state.level !== 'block') return state.level;
  const hasEvidence = distinctFlagged(state, state.at) >= STEPS.block.distinctPrompts;
  if (hasEvidence && state.suspicion >= STEPS.block.suspicion * EXIT_FRACTION) return 'block';
  return state.suspicion >= STEPS.throttle.suspicion * EXIT_FRACTION ? 'throttle' : 'warn';
}

/** How high a level is: 0 for normal. */
export function heightOf(level: Level): number {
  return LEVELS.indexOf(level);
}

function isRepeated(blocks: readonly number[]): boolean {
  const last = blocks[blocks.length - 1] ?? 0;
  return blocks.slice(0, -1).some((at) => at > last - REPEAT_WITHIN_MS);
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}
