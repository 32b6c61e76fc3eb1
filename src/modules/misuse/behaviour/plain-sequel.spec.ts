import type { PromptEvent } from './behaviour-event.js';
import { NEW_ACCOUNT, follow, isPlainSequel, newestSnapshotAt, replayedFrom, takeIn } from './timeline.js';
import type { AccountRecord } from './timeline.js';

const START = Date.parse('2026-03-02T09:00:00Z');
const MINUTE_MS = 60_000;

function promptAt(minute: number): PromptEvent {
  const text = `text-${String(minute).padStart(3, '0')}`;
  const at = START + minute * MINUTE_MS;
  return {
    kind: 'prompt',
    at,
    id: text,
    fingerprint: text,
    shape: text,
    score: 0.01,
    weight: -0.11,
    client: null,
    excluded: false,
  };
}

const PROMPTS = Array.from({ length: 60 }, (_, minute) => promptAt(minute));

function isPlain({ state, snapshots }: AccountRecord, arrivals: readonly PromptEvent[]): boolean {
  return isPlainSequel({ state, snapshotAt: newestSnapshotAt(snapshots) }, arrivals);
}

async function after(prompts: readonly PromptEvent[]): Promise<AccountRecord> {
  let record = NEW_ACCOUNT;
  for (const prompt of prompts) ({ record } = await takeIn(record, [prompt], () => Promise.resolve(prompts)));
  return record;
}

it('is what takeIn would do without a word of the snapshots, which stay as they are', async () => {
  let record = NEW_ACCOUNT;
  let plain = 0;
  for (const prompt of PROMPTS) {
    const arrival = await takeIn(record, [prompt], () => Promise.reject(new Error('nothing is late')));
    const isKept = arrival.record.snapshots === record.snapshots;
    expect(isPlain(record, [prompt])).toBe(isKept);
    if (isKept) {
      plain += 1;
      expect(follow(record.state, [prompt])).toEqual({ state: arrival.record.state, transitions: arrival.transitions });
    }
    record = arrival.record;
  }
  expect(plain).toBeGreaterThan(PROMPTS.length / 2);
  expect(plain).toBeLessThan(PROMPTS.length);
});

it('is none when a call comes late: its place says from where the events are read again', async () => {
  const late = PROMPTS[45];
  const record = await after(PROMPTS.filter((prompt) => prompt !== late));
  expect(isPlain(record, [late])).toBe(false);
  const read: unknown[] = [];
  await takeIn(record, [late], (cursor) => {
    read.push(cursor);
    return Promise.resolve(PROMPTS);
  });
  expect(read).toEqual([replayedFrom(record, [late])]);
  expect(replayedFrom(record, [promptAt(60)])).toBeUndefined();
});
