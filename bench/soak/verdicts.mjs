import { median, short } from '../harness/numbers.mjs';
import { describeReconciliation } from '../reconcile.mjs';

const LAST_MS = 10 * 60_000;
const PART_MS = 30_000;
const FLAT = 0.05;
const EVENT_LOOP_P99_MS = 50;
/** Counts may differ by so much between beginning and end and still not be growing. */
const GROWTH = { factor: 1.5, room: 20 };

/** What a soak has to show, each with what was found: {what, found, kept}. */
export function judge({ samples, reconciliation, lastOutbox }) {
  const settled = lastPart(samples);
  const growth = (name, what) => {
    const third = Math.ceil(settled.length / 3);
    const before = median(settled.slice(0, third).map((sample) => sample[name]));
    const after = median(settled.slice(-third).map((sample) => sample[name]));
    return { what, found: `${short(before)} → ${short(after)}`, kept: after <= before * GROWTH.factor + GROWTH.room };
  };
  const { p99SinceReset, maxSinceReset } = samples.at(-1);
  return [
    flatMemory(settled),
    growth('holds', 'holds do not grow'),
    growth('outbox', 'the outbox does not grow'),
    growth('connections', 'connections to Postgres do not grow'),
    growth('openFiles', 'open files do not grow'),
    growth('waiting', 'no queue before the server'),
    {
      what: `event loop p99 under ${EVENT_LOOP_P99_MS} ms`,
      found: `${short(p99SinceReset)} ms (at most ${short(maxSinceReset)} ms)`,
      kept: p99SinceReset < EVENT_LOOP_P99_MS,
    },
    { what: 'everything is analysed at the end', found: `${lastOutbox} rows left`, kept: lastOutbox === 0 },
    { what: 'ledger = upstream', found: reconciliation.same ? 'the same' : 'they differ', kept: reconciliation.same },
  ];
}

/** The last ten minutes; of a shorter soak the last two thirds. */
function lastPart(samples) {
  const end = samples.at(-1).at;
  const length = Math.min(LAST_MS, ((end - samples[0].at) * 2) / 3);
  return samples.filter(({ at }) => at >= end - length);
}

/** By half minutes: within one, memory goes up and down with every collection. */
function flatMemory(samples) {
  const parts = new Map();
  for (const sample of samples) {
    const part = Math.floor((sample.at - samples[0].at) / PART_MS);
    parts.set(part, [...(parts.get(part) ?? []), sample.rssMb]);
  }
  const means = [...parts.values()].map(mean);
  const off = Math.max(...means.map((value) => Math.abs(value / mean(means) - 1)));
  return {
    what: `memory flat within ${100 * FLAT} %`,
    found: `${short(Math.min(...means))} – ${short(Math.max(...means))} MB, ± ${short(100 * off)} %`,
    kept: off <= FLAT,
  };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function printVerdicts({ verdicts, samples, reconciliation, ratePerSecond }) {
  const widest = Math.max(...verdicts.map(({ what }) => what.length));
  const lines = verdicts.map(
    ({ what, found, kept }) => `${kept ? 'kept  ' : 'BROKEN'}  ${what.padEnd(widest)}  ${found}`,
  );
  const outcomes = {};
  for (const { statuses, failures, hungUp } of samples) {
    const counts = { ...statuses, ...failures, 'hung up': hungUp };
    for (const [name, count] of Object.entries(counts)) outcomes[name] = (outcomes[name] ?? 0) + count;
  }
  const told = Object.entries(outcomes).map(([name, count]) => `${name}: ${count.toLocaleString('en-US')}`);
  process.stdout.write(`\nSoak at ${short(ratePerSecond)} requests a second\n${lines.join('\n')}\n`);
  process.stdout.write(`Clients saw ${told.join(', ')}\n${describeReconciliation(reconciliation)}\n`);
}
