import type { PromptEvent } from './behaviour-event.js';
import { NEW_ACCOUNT, takeIn } from './timeline.js';

const START = Date.parse('2026-03-02T09:00:00Z');
const CLIENTS = 4;
const LATE = 5;

/** Ordinary prompts, one a second, each from the next client. */
const PROMPTS = Array.from({ length: 40 }, (_, index): PromptEvent => ({
  kind: 'prompt',
  at: START + index * 1_000,
  id: `prompt-${String(index).padStart(2, '0')}`,
  fingerprint: `text-${index}`,
  shape: `text-${index}`,
  score: 0.01,
  weight: -0.11,
  client: `client-${index % CLIENTS}`,
  excluded: false,
}));

async function transitionsOf(batches: readonly PromptEvent[][]) {
  let record = NEW_ACCOUNT;
  const stored: PromptEvent[] = [];
  const transitions = [];
  for (const batch of batches) {
    stored.push(...batch);
    const arrival = await takeIn(record, batch, () => Promise.resolve(stored));
    record = arrival.record;
    transitions.push(...arrival.transitions);
  }
  return transitions.map(({ from, to, signal }) => ({ from, to, signal }));
}

/** So many prompts bring a warning, in order. */
async function enoughPrompts(): Promise<number> {
  for (let count = 1; count <= PROMPTS.length; count += 1) {
    if ((await transitionsOf([PROMPTS.slice(0, count)])).length > 0) return count;
  }
  throw new Error('no number of prompts brings a warning');
}

it('names the same reason for a step whether the call that brought it came in order or late', async () => {
  const enough = PROMPTS.slice(0, await enoughPrompts());
  const step = [{ from: 'normal', to: 'warn', signal: 'crowd' }];
  expect(await transitionsOf([enough])).toEqual(step);
  const inTime = enough.filter((_, index) => index !== LATE);
  expect(await transitionsOf([inTime])).toEqual([]);
  expect(await transitionsOf([inTime, [enough[LATE]]])).toEqual(step);
});
