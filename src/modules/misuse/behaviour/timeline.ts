import { advance } from './advance.js';
import { compareCursors } from './behaviour-event.js';
import type { BehaviourEvent, Cursor } from './behaviour-event.js';
import { INITIAL_STATE } from './behaviour-state.js';
import type { BehaviourState, Transition } from './behaviour-state.js';
import { fold, heightOf } from './fold.js';
import { LEVELS } from './policy.js';

const SNAPSHOT_EVERY_MS = 10 * 60_000;
const SNAPSHOTS_KEPT = 3;

/** What is stored of an account: its state, and a few earlier ones to begin again from. Newest first. */
export interface AccountRecord {
  readonly state: BehaviourState;
  readonly snapshots: readonly BehaviourState[];
}

export const NEW_ACCOUNT: AccountRecord = { state: INITIAL_STATE, snapshots: [] };

export interface Arrival {
  readonly record: AccountRecord;
  /** In order. After a late arrival: the steps from the level that was stored to the one that is right. */
  readonly transitions: readonly Transition[];
}

/**
 * Takes in events that are already stored, whenever they are heard of, and again when they weigh something else. Those
 * that come late go to their place: the fold is repeated from the last snapshot before them.
 * @param after reads all stored events after a cursor (null: from the beginning), the arrivals included, in any order
 */
export async function takeIn(
  record: AccountRecord,
  arrivals: readonly BehaviourEvent[],
  after: (cursor: Cursor | null) => Promise<readonly BehaviourEvent[]>,
): Promise<Arrival> {
  if (arrivals.length === 0) return { record, transitions: [] };
  const sorted = [...arrivals].sort(compareCursors);
  if (isBefore(record.state.cursor, sorted[0])) {
    const { state, transitions } = fold(record.state, sorted);
    return { record: { state, snapshots: withSnapshot(record) }, transitions };
  }
  const snapshots = record.snapshots.filter(({ cursor }) => isBefore(cursor, sorted[0]));
  const start = snapshots[0] ?? INITIAL_STATE;
  const { state: folded, transitions } = fold(start, [...(await after(start.cursor))].sort(compareCursors));
  const state = asOf(record.state.at, folded);
  return { record: { state, snapshots }, transitions: stepsBetween(record.state, state, transitions) };
}

/** The state as all stored events give it. Transitions as in {@link takeIn}. */
export function replay(record: AccountRecord, events: readonly BehaviourEvent[]): Arrival {
  const { state: folded, transitions } = fold(INITIAL_STATE, [...events].sort(compareCursors));
  const state = asOf(record.state.at, folded);
  return { record: { state, snapshots: [] }, transitions: stepsBetween(record.state, state, transitions) };
}

/** A state with the time that had already passed: what decay has lifted does not come back for a moment. */
function asOf(at: number, state: BehaviourState): BehaviourState {
  return at > state.at ? advance(state, at).state : state;
}

function isBefore(cursor: Cursor | null, event: Cursor): boolean {
  return cursor === null || compareCursors(cursor, event) < 0;
}

function withSnapshot({ state, snapshots }: AccountRecord): readonly BehaviourState[] {
  const last = snapshots[0]?.cursor?.at ?? 0;
  const isDue = state.cursor !== null && state.cursor.at - last >= SNAPSHOT_EVERY_MS;
  return isDue ? [state, ...snapshots].slice(0, SNAPSHOTS_KEPT) : snapshots;
}

/** @param folded what the repeated fold went through: it says what spoke for each level */
function stepsBetween(before: BehaviourState, after: BehaviourState, folded: readonly Transition[]): Transition[] {
  const at = after.cursor?.at ?? after.at;
  const { suspicion } = after;
  const [from, to] = [heightOf(before.level), heightOf(after.level)];
  if (to < from) return [{ from: before.level, to: after.level, at, eventId: null, suspicion, signal: 'review' }];
  const eventId = after.cursor?.id ?? null;
  return LEVELS.slice(from + 1, to + 1).map((level, index) => ({
    from: LEVELS[from + index],
    to: level,
    at,
    eventId,
    suspicion,
    signal:
      folded.findLast((step) => step.to === level && heightOf(step.from) < heightOf(level))?.signal ?? 'suspicion',
  }));
}
