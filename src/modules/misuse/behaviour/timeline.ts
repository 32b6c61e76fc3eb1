import { advance } from './advance.js';
import type { Advanced } from './advance.js';
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

/** What is read of an account each time: the earlier states are seldom wanted, and most of its bytes. */
export interface AccountHead {
  readonly state: BehaviourState;
  /** The time of the newest snapshot, in milliseconds since 1970; null without any. */
  readonly snapshotAt: number | null;
}

export const NEW_ACCOUNT: AccountRecord = { state: INITIAL_STATE, snapshots: [] };

export interface Arrival {
  readonly record: AccountRecord;
  /** In order. After a late arrival: the steps from the level that was stored to the one that is right. */
  readonly transitions: readonly Transition[];
}

/** Whether the events come after all that was taken in, and no snapshot is due: then {@link follow} does what `takeIn` does. */
export function isPlainSequel({ state, snapshotAt }: AccountHead, arrivals: readonly BehaviourEvent[]): boolean {
  return arrivals.every((event) => isBefore(state.cursor, event)) && !isSnapshotDue(state, snapshotAt);
}

/** Takes in events that come after all that was taken in before. */
export function follow(state: BehaviourState, arrivals: readonly BehaviourEvent[]): Advanced {
  return fold(state, [...arrivals].sort(compareCursors));
}

/** The time of the newest of an account's snapshots, as in {@link AccountHead}. */
export function newestSnapshotAt(snapshots: readonly BehaviourState[]): number | null {
  return snapshots[0]?.cursor?.at ?? null;
}

/** The cursor after which events have to be read again; undefined when they come after all that was taken in. */
export function replayedFrom(record: AccountRecord, arrivals: readonly BehaviourEvent[]): Cursor | null | undefined {
  if (arrivals.every((event) => isBefore(record.state.cursor, event))) return undefined;
  const [first] = [...arrivals].sort(compareCursors);
  return startBefore(record, first).cursor;
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
    const { state, transitions } = follow(record.state, sorted);
    return { record: { state, snapshots: withSnapshot(record) }, transitions };
  }
  const snapshots = record.snapshots.filter(({ cursor }) => isBefore(cursor, sorted[0]));
  const start = startBefore(record, sorted[0]);
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

/** The state that the fold is repeated from when an event comes late. */
function startBefore({ snapshots }: AccountRecord, event: Cursor): BehaviourState {
  return snapshots.find(({ cursor }) => isBefore(cursor, event)) ?? INITIAL_STATE;
}

function isBefore(cursor: Cursor | null, event: Cursor): boolean {
  return cursor === null || compareCursors(cursor, event) < 0;
}

function withSnapshot({ state, snapshots }: AccountRecord): readonly BehaviourState[] {
  return isSnapshotDue(state, newestSnapshotAt(snapshots)) ? [state, ...snapshots].slice(0, SNAPSHOTS_KEPT) : snapshots;
}

function isSnapshotDue({ cursor }: BehaviourState, snapshotAt: number | null): boolean {
  return cursor !== null && cursor.at - (snapshotAt ?? 0) >= SNAPSHOT_EVERY_MS;
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
